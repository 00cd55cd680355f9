/** The labels that Services, subsets, Istio and dashboards select by. They never change in a rollout. */
import { NAME_LABEL } from "../config/names";
import type { Slot } from "../config/slots";

/** Kubernetes' recommended labels, on every object of a rollout. Only `app` and `version` are used in selectors. */
export function objectLabels(app: string, slot?: Slot): Record<string, string> {
    return {
        app,
        [NAME_LABEL]: app,
        "app.kubernetes.io/part-of": app,
        "app.kubernetes.io/managed-by": "pulumi",
        ...(slot && { version: slot, "app.kubernetes.io/version": slot }),
    };
}

/** The labels in a Deployment's selector, which is immutable. */
export function selectorLabels(app: string, slot: Slot) {
    return { app, version: slot };
}

/**
 * The labels of a slot's pods, which identify the workload in Istio's metrics and in Kiali. Istio would derive the canonical
 * ones from the others; they are explicit so that a label that the user adds cannot change them.
 */
export function podLabels(app: string, slot: Slot) {
    return {
        ...selectorLabels(app, slot),
        "service.istio.io/canonical-name": app,
        "service.istio.io/canonical-revision": slot,
    };
}
