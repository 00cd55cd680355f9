/** Gates × phases: the verdict of each gate when a phase ended, or at its last sample so far. */

import type { PhaseReport, RolloutReport } from "./rolloutReport";
import { phaseName } from "./wording";

export interface GateMatrix {
    /** Names of the phases, in order. */
    readonly phases: readonly string[];
    readonly rows: readonly {
        readonly gate: string;
        /** Undefined where the gate was not judged. */
        readonly verdicts: readonly (MatrixVerdict | undefined)[];
    }[];
}

export type MatrixVerdict = "pass" | "fail" | "inconclusive" | "error" | "waiting";

/** Gates of the analysis in the order in which they were first judged, then the gates of the config. */
export function gateMatrix({ phases: all, decisions, gates }: RolloutReport): GateMatrix {
    const phases = all.filter(({ kind }) => kind === "phase");
    const rows = new Map<string, (MatrixVerdict | undefined)[]>();
    const set = (gate: string, index: number, verdict: MatrixVerdict) => {
        if (index < 0) return;
        const row = rows.get(gate) ?? phases.map(() => undefined);
        row[index] = verdict;
        rows.set(gate, row);
    };
    const last = new Map(
        decisions.map(({ weight, from, gates: judged }) => [
            phaseAt(phases, weight, from.second),
            judged,
        ]),
    );
    for (const [index, judged] of last) {
        for (const { gate, verdict, dryRun } of judged) {
            set(dryRun ? `${gate} (dry run)` : gate, index, verdict);
        }
    }
    for (const { gate, when, weight, verdict, second } of gates) {
        set(`${gate} (${when})`, phaseAt(phases, weight, second), verdict);
    }
    return {
        phases: phases.map(phaseName),
        rows: [...rows].map(([gate, verdicts]) => ({ gate, verdicts })),
    };
}

/** The last phase of this weight that had begun; for a gate that is asked before it, the first one. */
function phaseAt(phases: readonly PhaseReport[], weight: number, second: number): number {
    const began = ({ wanted, routed }: PhaseReport) => (wanted ?? routed)?.second ?? 0;
    const last = phases.findLastIndex((one) => one.weight === weight && began(one) <= second);
    return last >= 0 ? last : phases.findIndex((one) => one.weight === weight);
}
