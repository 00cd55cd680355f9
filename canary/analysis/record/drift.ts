/** Whether somebody else has set the weight. */
import { SLOTS, type Slot } from "../../../rollout/config/topics/roles";
import type { Shares } from "../../../rollout/plan/plan";
import type { DriftRecord } from "./record";

export interface Weights {
    /** What the driver wrote last. */
    readonly wanted: number;
    readonly canary: Slot;
    /** The VirtualService's shares; undefined when there is no VirtualService. */
    readonly written: { readonly shares: Shares; readonly atGateways?: Shares } | undefined;
    /** In the stack's config file. */
    readonly configured: number;
}

/** The first place where the weight is not the driver's, or undefined. */
export function driftIn({
    wanted,
    canary,
    written,
    configured,
}: Weights): Omit<DriftRecord, "type"> | undefined {
    if (written === undefined) return { where: "VirtualService", wanted, found: "none" };
    for (const shares of [written.shares, written.atGateways ?? written.shares]) {
        const whole = SLOTS.reduce((sum, slot) => sum + shares[slot], 0);
        const found = shares[canary];
        if (found === wanted && whole === 100) continue;
        const text = whole === 100 ? found : `${found} of ${whole}`;
        return { where: "VirtualService", wanted, found: text };
    }
    if (configured !== wanted) return { where: "config", wanted, found: configured };
    return undefined;
}
