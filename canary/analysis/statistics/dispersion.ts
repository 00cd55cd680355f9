/** Overdispersion: how much more failures vary between pods, or over time, than chance explains. */
import { type Arm, addArms } from "./counts";

/** A larger φ would hide every fault. What it leaves unexplained is a matter of how the stable usually fails. */
const MAX_DISPERSION = 5;

/**
 * The dispersion index φ of failures over groups, 1 or more: Pearson's χ² against one common share, over its degrees of freedom
 * (McCullagh and Nelder, Generalized Linear Models, 1989, 9.2). Failures that come in clusters of five, one cluster to a pod,
 * give about 5. Neighbours with less than one expected failure are put together, because χ² is not valid there (Cochran 1954). 1 for
 * fewer than two groups.
 *
 * @param arms requests and failures of each pod of the stable, or of each stretch of time
 */
export function clustering(arms: readonly Arm[]): number {
    return dispersionIndex(chiSquares(comparable(arms)));
}

/**
 * φ without the group that contributes most, if there are at least three, and at most 5: one bad pod, or one bad minute of a pod, does
 * not decide how much evidence a fault of the canary needs.
 *
 * @param pods requests and failures of each pod of the stable, before the rollout
 */
export function dispersion(pods: readonly Arm[]): number {
    const groups = comparable(pods);
    const contributions = chiSquares(groups);
    const all = Math.min(MAX_DISPERSION, dispersionIndex(contributions));
    if (groups.length < 3) return all;
    const worst = contributions.indexOf(Math.max(...contributions));
    return Math.min(all, clustering(groups.filter((_, index) => index !== worst)));
}

/** Failures that vary between pods by more than this factor come in clusters: from one client, or at one pod. */
const CLUSTERED = 3;
/** Standard normal quantile of 0.9999: with few pods, chance alone is often above that factor. */
const BEYOND_CHANCE = 3.719;

/**
 * Whether failures come in clusters: χ² is at least three times its degrees of freedom, and chance exceeds it in one of 10,000 baselines
 * (Wilson and Hilferty, PNAS 17 (1931), 684–688).
 *
 * @param pods requests and failures of each pod of the stable, before the rollout
 */
export function isClustered(pods: readonly Arm[]): boolean {
    const contributions = chiSquares(comparable(pods));
    const freedom = contributions.length - 1;
    if (freedom < 1) return false;
    const variance = 2 / (9 * freedom);
    const byChance = (1 - variance + BEYOND_CHANCE * Math.sqrt(variance)) ** 3;
    return dispersionIndex(contributions) >= Math.max(CLUSTERED, byChance);
}

function dispersionIndex(contributions: readonly number[]): number {
    if (contributions.length < 2) return 1;
    const sum = contributions.reduce((total, one) => total + one, 0);
    return Math.max(1, sum / (contributions.length - 1));
}

/** The contribution of each group to χ² against one common share. */
function chiSquares(groups: readonly Arm[]): number[] {
    const { requests, failed } = sumArms(groups);
    return groups.map((group) => {
        const expected = (group.requests * failed) / requests;
        return (group.failed - expected) ** 2 / expected;
    });
}

/** Groups with at least one expected failure; none without failures. */
function comparable(arms: readonly Arm[]): Arm[] {
    const { requests, failed } = sumArms(arms);
    return failed === 0 ? [] : grouped(arms, requests / failed);
}

function sumArms(arms: readonly Arm[]): Arm {
    return arms.reduce(addArms, { requests: 0, failed: 0 });
}

/** Groups of neighbours with at least `fewest` requests each. Left-over ones join the last group. */
function grouped(pods: readonly Arm[], fewest: number): Arm[] {
    const groups: Arm[] = [];
    let open: Arm = { requests: 0, failed: 0 };
    for (const pod of pods) {
        open = addArms(open, pod);
        if (open.requests >= fewest) {
            groups.push(open);
            open = { requests: 0, failed: 0 };
        }
    }
    const last = groups.pop();
    return last === undefined ? [open] : [...groups, addArms(last, open)];
}
