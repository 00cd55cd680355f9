/** The labels by which Services, subsets, Istio and dashboards find things. None ever changes in a rollout. */
import type { Slot } from "../config/topics/roles";

/** Recommended labels of Kubernetes, on every object of a rollout; never in a selector. */
export function objectLabels(app: string, slot?: Slot): Record<string, string> {
    return {
        app,
        "app.kubernetes.io/name": app,
        "app.kubernetes.io/part-of": app,
        "app.kubernetes.io/managed-by": "pulumi",
        ...(slot && { version: slot, "app.kubernetes.io/version": slot }),
    };
}

/** The labels that a Deployment selects its pods by; a Deployment's selector can never be changed. */
export function selectorLabels(app: string, slot: Slot) {
    return { app, version: slot };
}

/**
 * The labels of a slot's pods. Istio's metrics and Kiali know a workload by them; the canonical ones are what Istio
 * would conclude from the others, said, so that no label of the user's changes it.
 */
export function podLabels(app: string, slot: Slot) {
    return {
        ...selectorLabels(app, slot),
        "service.istio.io/canonical-name": app,
        "service.istio.io/canonical-revision": slot,
    };
}
