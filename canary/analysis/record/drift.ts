/** Detects a weight that someone else has changed. */
import { SLOTS, type Slot } from "../../../rollout/config/slots";
import type { Shares } from "../../../rollout/plan/shares";
import type { DriftRecord } from "./record";

export interface Weights {
    /** What the driver wrote. */
    readonly wanted: number;
    readonly canary: Slot;
    /** The VirtualService's shares; undefined without a VirtualService. */
    readonly written: { readonly shares: Shares; readonly atGateways?: Shares } | undefined;
    /** In the stack's config file. */
    readonly configured: number;
}

/** The first place where the weight is not the driver's; undefined if there is none. */
export function driftIn({
    wanted,
    canary,
    written,
    configured,
}: Weights): Omit<DriftRecord, "type"> | undefined {
    if (written === undefined) return { where: "route", wanted, found: "none" };
    for (const shares of [written.shares, written.atGateways ?? written.shares]) {
        const whole = SLOTS.reduce((sum, slot) => sum + shares[slot], 0);
        const found = shares[canary];
        if (found === wanted && whole === 100) continue;
        const text = whole === 100 ? found : `${found} of ${whole}`;
        return { where: "route", wanted, found: text };
    }
    if (configured !== wanted) return { where: "config", wanted, found: configured };
    return undefined;
}
