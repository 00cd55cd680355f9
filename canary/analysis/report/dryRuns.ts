/** Dry runs in a report: what metrics that decide nothing would have decided. */
import type { GateName } from "../decision/decision";
import type { DecisionReport, DryRunReport } from "./rolloutReport";

export function dryRunsOf(decisions: readonly DecisionReport[]): DryRunReport[] {
    const found = new Map<GateName, DryRunReport>();
    for (const { gates, samples } of decisions) {
        for (const { gate, verdict, reason, dryRun } of gates) {
            if (dryRun !== true) continue;
            const before = found.get(gate);
            found.set(gate, {
                gate,
                samples: (before?.samples ?? 0) + samples,
                failed: (before?.failed ?? 0) + (verdict === "fail" ? samples : 0),
                held:
                    (before?.held ?? 0) + (verdict === "fail" || verdict === "pass" ? 0 : samples),
                verdict,
                reason,
            });
        }
    }
    return [...found.values()];
}
