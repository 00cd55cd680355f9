/** The matrix of gates and phases: which gate let which weight pass. */
import { gateMatrix, type MatrixVerdict } from "../../analysis/report/gateMatrix";
import type { RolloutReport } from "../../analysis/report/rolloutReport";
import { html } from "./html";
import type { Section } from "./sections";
import { tableOf } from "./table";

/** A sign and a word, so that neither colour nor a sign carries the meaning alone. */
const TEXT: Readonly<Record<MatrixVerdict, string>> = {
    pass: "✓ pass",
    fail: "✗ fail",
    inconclusive: "… open",
    error: "! error",
    waiting: "… waiting",
};

export function gatesSection(report: RolloutReport): Section | undefined {
    const { phases, rows } = gateMatrix(report);
    if (rows.length === 0) return undefined;
    const content = tableOf({
        caption:
            "The verdict of each gate at the last sample of each weight. Open: no evidence either way",
        kind: "matrix",
        columns: [
            { title: "Gate", kind: "fixed" },
            ...phases.map((title) => ({ title, kind: "fixed" as const })),
        ],
        rows: rows.map(({ gate, verdicts }) => [
            gate,
            ...verdicts.map((verdict) =>
                verdict === undefined
                    ? "–"
                    : html`<span class="verdict ${verdict}">${TEXT[verdict]}</span>`,
            ),
        ]),
    });
    return { id: "gates", title: "Gates", content };
}
