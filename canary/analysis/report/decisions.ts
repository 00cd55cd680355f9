/** What was decided, and why; holds in a row for one reason are one. */
import type { MomentOf, Of } from "./moments";
import type { DecisionReport } from "./rolloutReport";

export function decisionsOf(looks: readonly Of<"look">[], moment: MomentOf): DecisionReport[] {
    const decisions: DecisionReport[] = [];
    let before: Of<"look"> | undefined;
    for (const look of looks) {
        const last = decisions.at(-1);
        const same = last !== undefined && before !== undefined && alike(before, look);
        const from = same ? last.from : moment(look.at);
        const one = decisionOf(look, moment, from, same ? last.looks + 1 : 1);
        decisions.splice(same ? -1 : decisions.length, same ? 1 : 0, one);
        before = look;
    }
    return decisions;
}

function decisionOf(
    { at, weight, decision }: Of<"look">,
    moment: MomentOf,
    from: DecisionReport["from"],
    looks: number,
): DecisionReport {
    const { action, verdict, reason, gates, evidence } = decision;
    const { harm, harmLimit, slow, slowLimit, safe, safeLimit, exposed } = evidence;
    return {
        from,
        to: moment(at),
        looks,
        weight,
        action,
        verdict,
        reason,
        gates,
        evidence: { harm, harmLimit, slow, slowLimit, safe, safeLimit, exposed },
        phase: { ...evidence.phase, dwellSeconds: evidence.dwellSeconds },
    };
}

/** Whether both are holds at one weight for the same reason but for its numbers. */
function alike(a: Of<"look">, b: Of<"look">): boolean {
    return (
        a.decision.action === "hold" &&
        b.decision.action === "hold" &&
        a.weight === b.weight &&
        a.decision.verdict === b.decision.verdict &&
        withoutNumbers(a.decision.reason) === withoutNumbers(b.decision.reason)
    );
}

/** Numbers with their units become one sign, and plurals singular: "1 failure in 5 s" is "2 failures in 3 min". */
export function withoutNumbers(reason: string): string {
    return reason
        .replace(/(?:\d[\d.,]*(?:e[+-]?\d+)?\s*(?:ms|s|min|h|%)?(?![a-z])\s*)+/gi, "#")
        .replace(/s\b/g, "");
}
