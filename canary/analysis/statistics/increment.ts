/** The log e-value of one stratum of one scrape, for or against the canary. */
import { type Arm, type Counts, checkArm } from "./counts";

/** The null hypothesis: the canary's failure share is `baseRatio` × the stable's share + `margin`. */
export interface Null {
    readonly baseRatio: number;
    readonly margin: number;
}

/**
 * The log e-value of a stratum against the null p1 = baseRatio·p0 + margin, betting that the canary fails `ratio` times
 * as often as that: ratio > 1 is evidence of harm (p1 above), 0 < ratio < 1 of non-inferiority (p1 below). In nats; 0 if one
 * of the versions had no requests.
 *
 * With v = n1·ρ0 / (n1·ρ0 + n0) and c = 1 + v·(ρ − 1) it is l = x1·ln(ρ/c) − x0·ln c − n1·δ·(ρ/c − 1).
 * E[e^l] ≤ exp(n1·p1·(ρ/c − 1) + n0·p0·(1/c − 1) − n1·δ·(ρ/c − 1)) ≤ 1 by 1 + x ≤ e^x for every p0, so p0 and the weight may
 * change. It is the likelihood ratio of the canary's share of all failures (Poisson counts
 * conditioned on their sum: Przyborowski and Wilenski, Biometrika 31 (1940)), made valid for Bernoulli counts and a margin.
 *
 * @throws RangeError for a count that is negative or not a number.
 */
export function logIncrement(
    { canary, stable }: Counts,
    ratio: number,
    { baseRatio, margin }: Null,
): number {
    checkArm(canary);
    checkArm(stable);
    const canaryMass = canary.requests * baseRatio;
    const mass = canaryMass + stable.requests;
    if (mass === 0) return 0;
    const logC = Math.log1p((canaryMass / mass) * (ratio - 1));
    // ρ/c − 1, computed so that a billion failures do not turn a rounding error into nats.
    const above = ((ratio - 1) * (stable.requests / mass)) / Math.exp(logC);
    return (
        canary.failed * Math.log1p(above) - stable.failed * logC - canary.requests * margin * above
    );
}

/**
 * The log e-value of one version's requests against the null that at most `share` of them fail: x·ln ρ − n·share·(ρ − 1),
 * which is Wald's likelihood ratio of two Poisson means. In nats.
 *
 * @throws RangeError for a count that is negative or not a number.
 */
export function logIncrementOver(arm: Arm, ratio: number, share: number): number {
    checkArm(arm);
    return arm.failed * Math.log(ratio) - arm.requests * share * (ratio - 1);
}
