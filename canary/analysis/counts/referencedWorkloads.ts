/** Versions whose pods somebody else manages, and what Istio's metrics call them. */
import { SLOTS, type Slot } from "../../../rollout/config/slots";

/** As in `versions.v1.workloadRef`. */
export interface ReferencedWorkload {
    readonly kind: string;
    readonly name: string;
    /** The labels that the slot's subset selects. */
    readonly labels: Readonly<Record<string, string>>;
}

/** By slot; without those whose pods the rollout creates. */
export type ReferencedWorkloads = Readonly<Partial<Record<Slot, ReferencedWorkload>>>;

/** The pods' label `version`, which Istio's metrics have as `destination_version`. */
export function versionLabel(slot: Slot, workloads: ReferencedWorkloads = {}): string {
    return workloads[slot]?.labels.version ?? slot;
}

/** Every value of `destination_version` of a slot: the pods' label, and the subset's name if that comes from Envoy's clusters. */
export function versionNames(slot: Slot, workloads: ReferencedWorkloads = {}): string[] {
    return [...new Set<string>([slot, versionLabel(slot, workloads)])];
}

/** The slot that a `destination_version` names. */
export function slotNamed(version: string, workloads: ReferencedWorkloads = {}): Slot | undefined {
    return SLOTS.find((slot) => versionNames(slot, workloads).includes(version));
}

/** Why the driver cannot tell the versions apart. */
export function indistinctReasons(workloads: ReferencedWorkloads = {}): string[] {
    const [v1, v2] = [versionLabel("v1", workloads), versionLabel("v2", workloads)];
    return SLOTS.flatMap((slot) => {
        const labels = workloads[slot]?.labels;
        if (labels === undefined || (labels.version !== undefined && v1 !== v2)) return [];
        const found = labels.version === undefined ? "nothing" : `"${labels.version}"`;
        return [
            `versions.${slot}.workloadRef.labels.version: expected the pods' label \`version\`, another one than the other slot's, because Istio's metrics tell versions apart by it, got ${found}. Let the owner add it to the pod template, or set the weights by hand.`,
        ];
    });
}
