/** The report as GitHub-flavoured Markdown, short enough for a comment on a pull request. */
import { durationText } from "../text";
import { headline } from "./headline";
import type { DryRunReport, PhaseReport, RolloutReport } from "./rolloutReport";
import {
    armText,
    clockText,
    costText,
    decisionTime,
    eventsOf,
    OUTCOME_TEXT,
    phaseCells,
    rollbackText,
    whenText,
    whyText,
} from "./wording";

const MAX_LINES = 60;
const MOST_PHASES = 12;
const MOST_EVENTS = 10;
const MOST_ADVICE = 3;
const MOST_DRY_RUNS = 4;
/** Characters of a cell. */
const CELL = 300;

const SIGN: Readonly<Record<RolloutReport["outcome"], string>> = {
    promoted: "✅",
    rolledBack: "⏪",
    held: "⏸️",
    unfinished: "⏳",
};

/** At most 60 lines: counts the rows that do not fit, which only the JSON has. Escapes text from users. */
export function markdown(report: RolloutReport): string {
    const { app, namespace, canary } = report.rollout;
    const head = [
        `## ${SIGN[report.outcome]} ${OUTCOME_TEXT[report.outcome]}: ${code(`${namespace}/${app}`)} ${canary}`,
        "",
        escapeMarkdown(headline(report)),
        "",
        escapeMarkdown(whyText(report)),
        ...linkLines(report),
        "",
        ...factLines(report),
        "",
        "### Weights",
        "",
        ...weightLines(report.phases),
        ...dryRunLines(report.dryRuns ?? []),
        ...eventLines(report),
    ];
    const foot = ["", `<sub>${footer(report)}</sub>`];
    const left = MAX_LINES - head.length - foot.length;
    return `${[...head, ...decisionLines(report, left), ...foot].join("\n")}\n`;
}

function factLines(report: RolloutReport): string[] {
    const { rollout, total, exposure, rollback } = report;
    const image = (slot: "v1" | "v2") => code(rollout.images[slot] ?? "none");
    const back = rollback?.seconds === undefined ? "not confirmed" : durationText(rollback.seconds);
    const rows = [
        ["When", whenText(report)],
        ["Stable", `${rollout.stable} ${image(rollout.stable)}`],
        ["Canary", `${rollout.canary} ${image(rollout.canary)}`],
        ["Failed canary requests", armText(total.canary)],
        ["Failed stable requests", armText(total.stable)],
        ["Cost (failures beyond the stable's share)", costText(exposure)],
    ];
    if (rollback !== undefined) {
        const steps = rollbackText(rollback);
        rows.push([
            "Time from the verdict to weight 0",
            steps === "" ? back : `${back} (${steps})`,
        ]);
    }
    return markdownTable(["Property", "Value"], rows, rows.length);
}

function linkLines({ rollout: { links = [] } }: RolloutReport): string[] {
    if (links.length === 0) return [];
    const shown = links.map(
        ({ name, url }) =>
            `[${escapeMarkdown(name)}](<${url.replace(/[<>\s|]/g, encodeURIComponent)}>)`,
    );
    return ["", shown.join(" · ")];
}

function weightLines(phases: readonly PhaseReport[]): string[] {
    const rows = phases.map((phase) => phaseCells(phase, escapeMarkdown));
    const header = [
        "Weight",
        "Routed at",
        "Held for",
        "Failed canary",
        "Failed stable",
        "Why it ended",
    ];
    return markdownTable(header, rows, MOST_PHASES);
}

function dryRunLines(dryRuns: readonly DryRunReport[]): string[] {
    if (dryRuns.length === 0) return [];
    const rows = dryRuns.map(({ gate, samples, failed, held, reason }) => [
        escapeMarkdown(gate),
        `${failed} of ${samples}`,
        `${held} of ${samples}`,
        escapeMarkdown(reason),
    ]);
    const header = ["Metric", "Would roll back", "Would hold", "Last sample"];
    const title = "### Dry runs, which decide nothing";
    return ["", title, "", ...markdownTable(header, rows, MOST_DRY_RUNS)];
}

function eventLines(report: RolloutReport): string[] {
    const rows = eventsOf(report).map((event) => [
        clockText(event),
        escapeMarkdown(event.what),
        escapeMarkdown(event.text),
    ]);
    const advice = report.policy.map(({ weights: at, text }) => [
        "preview",
        `policy advice, weight${at.length === 1 ? "" : "s"} ${at.join(", ")}`,
        escapeMarkdown(text),
    ]);
    if (rows.length + advice.length === 0) return [];
    const header = ["Time", "Event", "Details"];
    const all = [...limited(rows, MOST_EVENTS, 3), ...limited(advice, MOST_ADVICE, 3)];
    return ["", "### Other events", "", ...markdownTable(header, all, all.length)];
}

/** As many decisions as fit. Drops the earliest, because the last ones explain the outcome. */
function decisionLines({ decisions: all }: RolloutReport, lines: number): string[] {
    const summary = `<details><summary>Decisions: ${all.length}</summary>`;
    const around = ["", summary, "", "", "</details>"];
    const room = lines - around.length - 2;
    if (all.length === 0 || room < 2) return [];
    const shown = all.length <= room ? all : all.slice(-(room - 1));
    const rows = shown.map((decision) => [
        decisionTime(decision),
        String(decision.weight),
        `${decision.action} (${decision.verdict})`,
        escapeMarkdown(decision.reason),
    ]);
    const hidden = all.length - shown.length;
    if (hidden > 0) rows.unshift([`${hidden} earlier`, "", "", "in the JSON"]);
    return [
        "",
        summary,
        "",
        ...markdownTable(["Time", "Weight", "Decision", "Reason"], rows, rows.length),
        "",
        "</details>",
    ];
}

function footer({ rollout: { id, stack, configHash, toolVersion } }: RolloutReport): string {
    return `${code(id)}, stack ${code(stack)}, config ${code(configHash.slice(0, 12))}, istio-canary ${code(toolVersion)}`;
}

function markdownTable(header: readonly string[], rows: string[][], most: number): string[] {
    const all = limited(rows, most, header.length);
    return [header, header.map(() => "---"), ...all].map((cells) => `| ${cells.join(" | ")} |`);
}

function limited(rows: string[][], most: number, columns: number): string[][] {
    if (rows.length <= most) return rows;
    const more = [`${rows.length - most + 1} more in the JSON`];
    return [...rows.slice(0, most - 1), more.concat(Array(columns - 1).fill(""))];
}

/**
 * Text on one line, in which GitHub finds no markup, HTML, mention or issue. An empty comment separates "@" and "#" from the next
 * character, because GitHub interprets both after unescaping.
 */
export function escapeMarkdown(text: string): string {
    return shortened(text)
        .replace(/&/g, "&amp;")
        .replace(/</g, "&lt;")
        .replace(/>/g, "&gt;")
        .replace(/[\\`*_{}[\]()~|!]/g, "\\$&")
        .replace(/[@#]/g, "$&<!-- -->")
        .replace(/\b(https?|www)(:\/\/|\.)/gi, "$1<!-- -->$2");
}

/** Text as inline code. Escapes "|", which ends a table cell even in code. */
function code(text: string): string {
    const plain = shortened(text).replace(/\|/g, "\\|");
    const runs = plain.match(/`+/g) ?? [];
    const fence = "`".repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
    const space = runs.length > 0 ? " " : "";
    return `${fence}${space}${plain}${space}${fence}`;
}

function shortened(text: string): string {
    const line = text.replace(/\s+/g, " ").trim();
    return line.length > CELL ? `${line.slice(0, CELL - 1)}…` : line;
}
