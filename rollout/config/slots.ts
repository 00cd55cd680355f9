/** The version slots. A slot names a Deployment, a subset and a value of the pod label `version`. */
export const SLOTS = ["v1", "v2"] as const;
export type Slot = (typeof SLOTS)[number];

export function otherSlot(slot: Slot): Slot {
    return slot === "v1" ? "v2" : "v1";
}
