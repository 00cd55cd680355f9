/** Looks that saw nothing because Prometheus had nothing to show. */
import type { MomentOf, Of } from "./moments";
import type { ProblemReport } from "./rolloutReport";

export function problemsOf(looks: readonly Of<"look">[], moment: MomentOf): ProblemReport[] {
    const problems: ProblemReport[] = [];
    let open: ProblemReport | undefined;
    for (const { at, problem, reason = "" } of looks) {
        if (problem === undefined) {
            open = undefined;
            continue;
        }
        const to = moment(at);
        const same = open?.problem === problem ? open : undefined;
        open = { problem, from: same?.from ?? to, to, looks: (same?.looks ?? 0) + 1, reason };
        problems.splice(same ? -1 : problems.length, same ? 1 : 0, open);
    }
    return problems;
}
