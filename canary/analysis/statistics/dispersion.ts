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
    const { chiSquares, groups } = contributions(arms);
    if (groups < 2) return 1;
    return Math.max(1, chiSquares.reduce((sum, one) => sum + one, 0) / (groups - 1));
}

/**
 * φ without the group that contributes most, if there are at least three, and at most 5: one bad pod, or one bad minute of a pod, does
 * not decide how much evidence a fault of the canary needs.
 *
 * @param pods requests and failures of each pod of the stable, before the rollout
 */
export function dispersion(pods: readonly Arm[]): number {
    const { chiSquares, groups } = contributions(pods);
    const share = clustering(pods);
    if (groups < 3) return Math.min(MAX_DISPERSION, share);
    const worst = chiSquares.indexOf(Math.max(...chiSquares));
    const others = groupedPods(pods).filter((_, index) => index !== worst);
    return Math.min(MAX_DISPERSION, share, clustering(others));
}

function contributions(arms: readonly Arm[]): {
    readonly chiSquares: readonly number[];
    readonly groups: number;
} {
    const groups = groupedPods(arms);
    const { requests, failed } = sumArms(groups);
    if (failed === 0) return { chiSquares: [], groups: 0 };
    const chiSquares = groups.map((group) => {
        const expected = (group.requests * failed) / requests;
        return (group.failed - expected) ** 2 / expected;
    });
    return { chiSquares, groups: groups.length };
}

function groupedPods(arms: readonly Arm[]): Arm[] {
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
