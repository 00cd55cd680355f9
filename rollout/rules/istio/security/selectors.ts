/** Which workloads an object applies to. */
import type { Field } from "../../field";

/** A selector with wildcards is rejected; one without labels selects everything: validateWorkloadSelector. */
export function checkSelector(selector: Field, list: "labels" | "matchLabels"): void {
    if (!selector.isSet || selector.isUnknown) return;
    const labels = selector.get(list);
    for (const [key, value] of labels.entries) {
        if (key === "" || key.includes("*") || value.text?.includes("*")) {
            value.reject("a label without wildcards", "Name the label's key and value.");
        }
    }
    if (!labels.isFilled) {
        selector.warn("at least one label", "Add labels: it selects every workload now.");
    }
}

/** Kinds that policies can be attached to. */
const TARGETS = [
    ["", "Service"],
    ["networking.istio.io", "ServiceEntry"],
    ["gateway.networking.k8s.io", "Gateway"],
    ["gateway.networking.k8s.io", "GatewayClass"],
] as const;

/** `selector`, `targetRef` and `targetRefs`: at most one of them, and targets of a known kind. */
export function checkTargets(spec: Field): void {
    const [selector, target, targets] = ["selector", "targetRef", "targetRefs"].map((name) =>
        spec.get(name),
    ) as [Field, Field, Field];
    const set = [selector, target, ...(targets.isFilled ? [targets] : [])].filter(
        ({ isSet }) => isSet,
    );
    for (const other of set.slice(1)) {
        other.reject(
            `no value beside ${set[0]?.name}`,
            "Keep one of selector, targetRef and targetRefs.",
        );
    }
    checkSelector(selector, "matchLabels");
    for (const one of [target, ...targets.items]) if (one.isSet) checkTarget(one);
}

function checkTarget(target: Field): void {
    const [group, kind] = [target.get("group").text, target.get("kind").text];
    if (group === undefined || kind === undefined || target.isUnknown) return;
    const canonical = group === "core" ? "" : group;
    if (!TARGETS.some(([known, name]) => known === canonical && name === kind)) {
        target.reject(
            "a Service, ServiceEntry, Gateway or GatewayClass",
            "Correct its group and kind: Gateways are of gateway.networking.k8s.io.",
        );
    }
}
