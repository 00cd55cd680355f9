/** A report as GitHub flavoured Markdown, short enough for a pull request's comment. */
import type { PhaseReport, RolloutReport } from "./rolloutReport";
import {
    clockText,
    costText,
    decisionTime,
    eventsOf,
    failedText,
    OUTCOME_TEXT,
    phaseCells,
    rollbackText,
    secondsText,
    whenText,
} from "./wording";

/** Lines that a comment may have. */
const LINES = 60;
const MOST_PHASES = 12;
const MOST_EVENTS = 10;
const MOST_ADVICE = 3;
/** Characters of one cell: a sentence, not a log. */
const CELL = 300;

const SIGN: Readonly<Record<RolloutReport["outcome"], string>> = {
    promoted: "✅",
    rolledBack: "⏪",
    held: "⏸️",
    unfinished: "⏳",
};

/** At most 60 lines; what does not fit is counted, and is in the JSON. Texts of users are escaped. */
export function markdown(report: RolloutReport): string {
    const { app, namespace, canary } = report.rollout;
    const head = [
        `## ${SIGN[report.outcome]} ${OUTCOME_TEXT[report.outcome]}: ${code(`${namespace}/${app}`)} ${canary}`,
        "",
        `${escaped(report.reason)}.`.replace(/\.\.$/, "."),
        "",
        ...facts(report),
        "",
        "### Weights",
        "",
        ...weights(report.phases),
        ...events(report),
    ];
    const foot = ["", `<sub>${footer(report)}</sub>`];
    const left = LINES - head.length - foot.length;
    return `${[...head, ...decisions(report, left), ...foot].join("\n")}\n`;
}

function facts(report: RolloutReport): string[] {
    const { rollout, total, exposure, rollback, started, ended } = report;
    const image = (slot: "v1" | "v2") => code(rollout.images[slot] ?? "none");
    const took = secondsText(ended.second - started.second);
    const back = rollback?.seconds === undefined ? "not routed" : secondsText(rollback.seconds);
    const rows = [
        ["When", `${whenText(report)} (${took})`],
        ["Stable", `${rollout.stable} ${image(rollout.stable)}`],
        ["Canary", `${rollout.canary} ${image(rollout.canary)}`],
        ["Failed, canary", failedText(total.canary)],
        ["Failed, stable", failedText(total.stable)],
        ["Cost beyond the stable's share", costText(exposure)],
    ];
    if (rollback !== undefined) {
        const steps = rollbackText(rollback);
        rows.push(["Rollback, since the verdict", steps === "" ? back : `${back} (${steps})`]);
    }
    return table(["What", "Value"], rows, rows.length);
}

function weights(phases: readonly PhaseReport[]): string[] {
    const rows = phases.map((phase) => phaseCells(phase, escaped));
    const header = ["Weight", "Routed", "Held", "Failed, canary", "Failed, stable", "Ended by"];
    return table(header, rows, MOST_PHASES);
}

function events(report: RolloutReport): string[] {
    const rows = eventsOf(report).map((event) => [
        clockText(event),
        escaped(event.what),
        escaped(event.text),
    ]);
    const advice = report.policy.map(({ weights: at, text }) => [
        "preview",
        `policy, weight${at.length === 1 ? "" : "s"} ${at.join(", ")}`,
        escaped(text),
    ]);
    if (rows.length + advice.length === 0) return [];
    const header = ["When", "What", "Details"];
    const all = [...limited(rows, MOST_EVENTS, 3), ...limited(advice, MOST_ADVICE, 3)];
    return ["", "### Besides", "", ...table(header, all, all.length)];
}

/** What room is left for decisions, the last ones first in need: an end explains itself by what led to it. */
function decisions({ decisions: all }: RolloutReport, lines: number): string[] {
    const summary = `<details><summary>Decisions: ${all.length}</summary>`;
    const around = ["", summary, "", "", "</details>"];
    const room = lines - around.length - 2;
    if (all.length === 0 || room < 2) return [];
    const shown = all.length <= room ? all : all.slice(-(room - 1));
    const rows = shown.map((decision) => [
        decisionTime(decision),
        String(decision.weight),
        `${decision.action} (${decision.verdict})`,
        escaped(decision.reason),
    ]);
    const hidden = all.length - shown.length;
    if (hidden > 0) rows.unshift([`${hidden} earlier`, "", "", "in the JSON"]);
    return [
        "",
        summary,
        "",
        ...table(["When", "Weight", "Decision", "Reason"], rows, rows.length),
        "",
        "</details>",
    ];
}

function footer({ rollout: { id, stack, configHash, toolVersion } }: RolloutReport): string {
    return `${code(id)}, stack ${code(stack)}, config ${code(configHash.slice(0, 12))}, istio-canary ${code(toolVersion)}`;
}

function table(header: readonly string[], rows: string[][], most: number): string[] {
    const all = limited(rows, most, header.length);
    return [header, header.map(() => "---"), ...all].map((cells) => `| ${cells.join(" | ")} |`);
}

function limited(rows: string[][], most: number, columns: number): string[][] {
    if (rows.length <= most) return rows;
    const more = [`${rows.length - most + 1} more in the JSON`];
    return [...rows.slice(0, most - 1), more.concat(Array(columns - 1).fill(""))];
}

/**
 * Text as it is, on one line and with nothing in it that GitHub acts on: no markup, HTML, mention or issue.
 * An empty comment parts "@" and "#" from what follows, for GitHub reads both after it has unescaped.
 */
export function escaped(text: string): string {
    return shortened(text)
        .replace(/&/g, "&amp;")
        .replace(/</g, "&lt;")
        .replace(/>/g, "&gt;")
        .replace(/[\\`*_{}[\]()~|!]/g, "\\$&")
        .replace(/[@#]/g, "$&<!-- -->")
        .replace(/\b(https?|www)(:\/\/|\.)/gi, "$1<!-- -->$2");
}

/** Text as code; in a table a "|" ends a cell even there. */
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
