// Renders a rollout as lines for a terminal. Words and numbers carry every meaning; bars and colours only repeat it.
import { parseDuration } from "../../../rollout/config/duration";
import { liveShare, type RolloutStatus, type State } from "../../analysis/record/reduce";
import { durationText, failedText, numberText, oneLine, percentText } from "../../analysis/text";

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
/** Columns from which both times fit on one line. */
const ONE_LINE = 72;

export function render(status: RolloutStatus, view: View): string[] {
    const { width, paint = withoutColour } = view;
    const lines: Line[] = [
        titleLine(status),
        phaseBar(status, width),
        weightLine(status),
        ...countLines(status),
        ...evidenceLines(status, width),
        ...dryRunLines(status),
        ...timeLines(status, view),
        ...wrapText(oneLine(status.reason), width).map((text) => [{ text }]),
    ];
    return lines.map((line) => cutToWidth(line, width, paint));
}

function titleLine({ started, state }: RolloutStatus): Line {
    const [text, tone] = STATE[state];
    const { app, namespace, stable, canary, stack } = started;
    return [
        { text: `${namespace}/${app} `, tone: "strong" },
        { text, tone },
        { text: ` ${stable} → ${canary}, stack ${stack}`, tone: "quiet" },
    ];
}

/** The ladder: `═` up to the weight that callers have, in brackets, then `─`. */
function phaseBar({ started, weight }: RolloutStatus, width: number): Line {
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

function weightLine(status: RolloutStatus): Line {
    const { weight, pending } = status;
    const share = liveShare(status);
    const live = share === undefined ? "" : `, actual ${percentText(share)}`;
    const coming = pending === undefined ? "" : `; ${pending.weight} ${NEXT_STEP[pending.step]}`;
    return [...label("weight"), { text: `${weight} %${live}${coming}` }];
}

function countLines({ started, sample }: RolloutStatus): Line[] {
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

function evidenceLines({ sample, started }: RolloutStatus, width: number): Line[] {
    if (sample === undefined) return [];
    const { harm, harmLimit, slow, slowLimit, safe, safeLimit, exposed } = sample.evidence;
    const bar = Math.max(5, Math.min(LONGEST_BAR, width - LABEL - 32));
    const line = (name: string, value: number, limit: number, then: string, tone: Tone): Line => {
        // The bar is full only at the limit; the addend compensates for rounding.
        const blocks = limit > 0 ? Math.floor((value / limit) * bar + 1e-9) : 0;
        const filled = Math.min(bar, Math.max(0, blocks));
        const text = ` ${value.toFixed(1)} of ${limit.toFixed(1)}${then}`;
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
        line("harm", harm, harmLimit, ", then rollback", "bad"),
        ...(started.analysis.latency.enabled
            ? [line("slow", slow, slowLimit, ", then rollback", "bad")]
            : []),
        line("safe", safe, safeLimit, ", then pass", "good"),
        [
            ...label("cost"),
            { text: `${numberText(exposed)}${budget} failed beyond the stable's share` },
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
function dryRunLines({ sample }: RolloutStatus): Line[] {
    const gates = sample?.gates.filter(({ dryRun }) => dryRun === true) ?? [];
    return gates.map(({ gate, verdict }) => {
        const [text, tone] = WOULD[verdict];
        return [...label("dry run"), { text: `${gate}: ${text}`, tone }];
    });
}

function timeLines(
    { started, phaseSince, state, weight }: RolloutStatus,
    { width, now }: View,
): Line[] {
    if (phaseSince === undefined || weight === 0) return [];
    if (state !== "running" && state !== "waiting" && state !== "paused") return [];
    const { analysis } = started;
    const milliseconds = (text: string) => parseDuration(text) ?? 0;
    const dwell = now - phaseSince;
    const least = weight === 100 ? analysis.bake : analysis.minDwell;
    const left = milliseconds(least) - dwell;
    const until =
        left > 0 ? `${timeText(left)} left of ${least}` : `the minimum of ${least} has passed`;
    const deadline = timeText(Math.max(0, milliseconds(analysis.deadline) - dwell));
    const text = `${timeText(dwell)} in this phase, ${until}`;
    if (width >= ONE_LINE)
        return [[...label("time"), { text: `${text}, deadline in ${deadline}` }]];
    return [
        [...label("time"), { text }],
        [...label(""), { text: `deadline in ${deadline}` }],
    ];
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

/** Wraps at spaces, to at most four lines. */
function wrapText(text: string, width: number): string[] {
    const lines: string[] = [];
    for (const word of text.split(/\s+/).filter((one) => one !== "")) {
        const last = lines.at(-1);
        if (last !== undefined && last.length + 1 + word.length <= width) {
            lines[lines.length - 1] = `${last} ${word}`;
        } else lines.push(word);
    }
    const [first = [], more] = [lines.slice(0, 4), lines.length > 4];
    return more ? [...first.slice(0, 3), `${first[3]} …`] : first;
}

function withoutColour(_tone: Tone, text: string): string {
    return text;
}
