// Wald's sequential test that knows both failure shares: the fewest failures that any test with the same error needs.
import type { Judge } from "./drive";

export interface Fault {
    /** Failure shares of the stable and of the canary. */
    readonly p0: number;
    readonly p1: number;
}

/** Maximum probability of a false rollback, as in the analysis' defaults. */
const ALPHA = 0.005;

/** Stays at the first weight, and rolls back at the first sample with enough evidence: no warm-up, no corroboration. */
export function oracleOf({ p0, p1 }: Fault): Judge {
    let evidence = 0;
    return ({ strata }) => {
        for (const { canary } of strata) {
            if (canary.failed > 0) evidence += canary.failed * Math.log(p1 / p0);
            const good = canary.requests - canary.failed;
            if (good > 0) evidence += good * Math.log((1 - p1) / (1 - p0));
        }
        return evidence >= Math.log(1 / ALPHA);
    };
}
