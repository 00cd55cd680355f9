// Renders a rollout as lines for a terminal. Words and numbers carry every meaning; bars and colours only repeat it.
import { parseDuration } from "../../../rollout/config/duration";
import { isOver, type LiveStatus } from "../../analysis/record/liveStatus";
import { liveShare, type State } from "../../analysis/record/reduce";
import {
    durationText,
    failedText,
    measureText,
    numberText,
    oddsText,
    oneLine,
    percentText,
    wrapText,
} from "../../analysis/text";

export type Tone = "plain" | "strong" | "quiet" | "good" | "warn" | "bad";
export type Paint = (tone: Tone, text: string) => string;

interface Part {
    readonly text: string;
    readonly tone?: Tone;
}
type Line = readonly Part[];

export interface View {
    /** Columns of the terminal. */
    readonly width: number;
    /** Milliseconds since the epoch. */
    readonly now: number;
    /** Default: no colours. */
    readonly paint?: Paint;
}

const STATE: Readonly<Record<State, readonly [text: string, tone: Tone]>> = {
    running: ["running", "plain"],
    waiting: ["waiting", "warn"],
    paused: ["paused", "warn"],
    rollingBack: ["rolling back", "bad"],
    promoted: ["promoted", "good"],
    rolledBack: ["rolled back", "bad"],
    held: ["held", "warn"],
};

const LONGEST_BAR = 40;
const LABEL = 8;
/** Lines of a wrapped text. */
const MOST_LINES = 4;

export function render(status: LiveStatus, view: View): string[] {
    const { width, paint = withoutColour } = view;
    const lines: Line[] = [
        titleLine(status),
        phaseBar(status, width),
        weightLine(status),
        ...countLines(status),
        ...evidenceLines(status, width),
        ...dryRunLines(status),
        ...wrapped("next", nextStep(status, view.now), width),
        ...wrapped("why", oneLine(status.reason), width),
        ...wrapped("stop", howToStop(status), width),
    ];
    return lines.map((line) => cutToWidth(line, width, paint));
}

function titleLine({ started, state }: LiveStatus): Line {
    const [text, tone] = STATE[state];
    const { app, namespace, stable, canary, stack } = started;
    return [
        { text: `${namespace}/${app} `, tone: "strong" },
        { text, tone },
        { text: ` ${stable} → ${canary}, stack ${stack}`, tone: "quiet" },
    ];
}

/** The ladder: `═` up to the weight that callers have, in brackets, then `─`. */
function phaseBar({ started, weight }: LiveStatus, width: number): Line {
    const { ladder } = started;
    const text = (one: number) => (one === weight ? `[${one}]` : String(one));
    const marks = ladder.map(text).join("").length;
    const gaps = Math.max(1, ladder.length);
    const gap = Math.max(1, Math.min(12, Math.floor((width - marks) / gaps)));
    return ladder.flatMap((one) => {
        const behind = one <= weight;
        const line = (behind ? "═" : "─").repeat(gap);
        const tone = one === weight ? "strong" : behind ? "plain" : "quiet";
        return [
            { text: line, tone: behind ? "plain" : "quiet" },
            { text: text(one), tone },
        ] as const;
    });
}

const NEXT_STEP = {
    wanted: "is being previewed",
    previewed: "is being updated",
    updated: "is propagating to callers",
    routed: "has reached callers",
};

function weightLine(status: LiveStatus): Line {
    const { weight } = status;
    const share = liveShare(status);
    const live = share === undefined ? "" : `, actual ${percentText(share)}`;
    return [...label("weight"), { text: `${weight} %${live}` }];
}

function countLines({ started, sample }: LiveStatus): Line[] {
    if (sample === undefined) return [];
    const { stable, canary } = started;
    return (
        [
            [stable, "stable"],
            [canary, "canary"],
        ] as const
    ).map(([slot, role]) => {
        const text = `${role} ${failedText(sample.evidence[role])} failed`;
        return [...label(slot), { text }];
    });
}

function evidenceLines({ sample, started, weight }: LiveStatus, width: number): Line[] {
    if (sample === undefined) return [];
    const { harm, harmLimit, slow, slowLimit, safe, safeLimit, exposed } = sample.evidence;
    const bar = Math.max(5, Math.min(LONGEST_BAR, width - LABEL - 40));
    const line = (name: string, value: number, limit: number, then: string, tone: Tone): Line => {
        // As long as the odds next to it; full only at the limit. The addend compensates for rounding.
        const blocks = Math.floor(Math.exp(value - limit) * bar + 1e-9);
        const filled = Math.min(bar, Math.max(0, blocks));
        const text = ` ${oddsText(value)} of ${oddsText(limit)} to 1${then}`;
        return [
            ...label(name),
            { text: "█".repeat(filled), tone },
            { text: "░".repeat(bar - filled), tone: "quiet" },
            { text },
        ];
    };
    const { exposureBudget } = started.analysis;
    const budget = exposureBudget === undefined ? "" : ` of ${numberText(exposureBudget)}`;
    return [
        line("errors", harm, harmLimit, ": rollback", "bad"),
        ...(started.analysis.latency.enabled
            ? [line("latency", slow, slowLimit, ": rollback", "bad")]
            : []),
        // At 100 % the stable gets no requests to compare with.
        ...(weight === 100 ? [] : [line("safe", safe, safeLimit, ": pass", "good")]),
        [
            ...label("cost"),
            { text: `${measureText(exposed)}${budget} failed beyond the stable's share` },
        ],
    ];
}

const WOULD = {
    pass: ["would pass", "quiet"],
    fail: ["would roll back", "warn"],
    inconclusive: ["would hold", "quiet"],
    error: ["would hold, no value", "quiet"],
} as const;

/** Metrics that are judged, but decide nothing. */
function dryRunLines({ sample }: LiveStatus): Line[] {
    const gates = sample?.gates.filter(({ dryRun }) => dryRun === true) ?? [];
    return gates.map(({ gate, verdict }) => {
        const [text, tone] = WOULD[verdict];
        return [...label("dry run"), { text: `${gate}: ${text}`, tone }];
    });
}

/** What happens next, and when. Empty after the end. */
function nextStep(status: LiveStatus, now: number): string {
    const { started, state, weight, writtenWeight, pending, phaseSince } = status;
    const { analysis, ladder } = started;
    if (state === "rollingBack") {
        return weight === 0
            ? "the engine confirms weight 0"
            : writtenWeight === 0
              ? "callers get weight 0"
              : "weight 0 is being written";
    }
    if (state === "paused") return "nothing until `istio-canary resume`; a rollback still happens";
    if (isOver(status)) return "";
    if (pending !== undefined) return `weight ${pending.weight} ${NEXT_STEP[pending.step]}`;
    if (phaseSince === undefined) return "";
    const dwell = now - phaseSince;
    const then = ladder.find((one) => one > weight);
    const step = then === undefined ? "promotion" : `weight ${then}`;
    const least = then === undefined ? analysis.bake : analysis.minDwell;
    const left = timeLeft(least, dwell);
    const deadline = `${analysis.onDeadline} in ${timeText(timeLeft(analysis.deadline, dwell))}`;
    if (state === "waiting") return `${step} once its gate passes; otherwise ${deadline}`;
    const when = left > 0 ? `in ${timeText(left)}, if every gate passes` : "once every gate passes";
    return `${step} ${when}; otherwise ${deadline}`;
}

function timeLeft(least: string, dwell: number): number {
    return Math.max(0, (parseDuration(least) ?? 0) - dwell);
}

function howToStop(status: LiveStatus): string {
    if (isOver(status) || status.state === "rollingBack") return "";
    const { namespace, app } = status.started;
    const command = `istio-canary rollback -r ${namespace}/${app}`;
    return status.state === "paused" ? command : `${command} (or pause)`;
}

/** A labelled text on up to four lines; none without text. */
function wrapped(name: string, text: string, width: number): Line[] {
    const all = wrapText(text, width - LABEL);
    const shown =
        all.length > MOST_LINES
            ? [...all.slice(0, MOST_LINES - 1), `${all[MOST_LINES - 1]} …`]
            : all;
    return shown.map((one, index) => [...label(index === 0 ? name : ""), { text: one }]);
}

/** Whole seconds, so that a redrawn line keeps its width. */
function timeText(milliseconds: number): string {
    return durationText(Math.floor(milliseconds / 1_000));
}

function label(text: string): Line {
    return [{ text: text.padEnd(LABEL), tone: "quiet" }];
}

/** Cuts a line to the width, with an ellipsis; colour codes do not count. */
function cutToWidth(line: Line, width: number, paint: Paint): string {
    const whole = line.reduce((sum, { text }) => sum + text.length, 0);
    let room = whole > width ? width - 1 : width;
    const parts = line.map(({ text, tone = "plain" }) => {
        const shown = text.slice(0, Math.max(0, room));
        room -= shown.length;
        return shown === "" ? "" : paint(tone, shown);
    });
    return whole > width ? `${parts.join("")}…` : parts.join("");
}

function withoutColour(_tone: Tone, text: string): string {
    return text;
}
