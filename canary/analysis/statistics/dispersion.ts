/** Overdispersion: how much more failures vary between pods than chance explains. */
import { type Arm, addArms } from "./counts";

/**
 * The dispersion index φ of failures over pods, 1 or more: Pearson's χ² against one common share, over its degrees of freedom
 * (McCullagh and Nelder, Generalized Linear Models, 1989, 9.2). Failures that come in clusters of five, one cluster to a pod,
 * give about 5. Pods with less than one expected failure are grouped, because χ² is not valid there (Cochran 1954). 1 for fewer
 * than two groups.
 *
 * @param pods requests and failures of each pod of the stable, before the rollout
 */
export function dispersion(pods: readonly Arm[]): number {
    const requests = pods.reduce((sum, pod) => sum + pod.requests, 0);
    const failed = pods.reduce((sum, pod) => sum + pod.failed, 0);
    if (failed === 0) return 1;
    const share = failed / requests;
    const groups = grouped(pods, 1 / share);
    if (groups.length < 2) return 1;
    const chiSquare = groups.reduce((sum, group) => {
        const expected = group.requests * share;
        return sum + (group.failed - expected) ** 2 / expected;
    }, 0);
    return Math.max(1, chiSquare / (groups.length - 1));
}

/** Groups of consecutive pods with at least `fewest` requests each. Left-over pods join the last group. */
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
