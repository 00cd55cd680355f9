// What a terminal shows of a rollout: pure, from how it stands to lines. Every meaning is in words or numbers; bars and colours repeat it.
import { parseDuration } from "../../../rollout/config/duration";
import { liveShare, type Standing, type State } from "../../analysis/record/standing";
import { countText, failedText, oneLine, percentText, timeText } from "./words";

export type Tone = "plain" | "strong" | "quiet" | "good" | "warn" | "bad";
export type Paint = (tone: Tone, text: string) => string;

interface Part {
    readonly text: string;
    readonly tone?: Tone;
}
type Line = readonly Part[];

export interface View {
    /** Columns; no line is longer. */
    readonly width: number;
    /** Milliseconds since the epoch. */
    readonly now: number;
    /** Unless given, no colours. */
    readonly paint?: Paint;
}

/** In words, and in a colour. */
const STATE: Readonly<Record<State, readonly [text: string, tone: Tone]>> = {
    running: ["running", "plain"],
    waiting: ["waiting", "warn"],
    paused: ["paused", "warn"],
    rollingBack: ["rolling back", "bad"],
    promoted: ["promoted", "good"],
    rolledBack: ["rolled back", "bad"],
    held: ["stopped here", "warn"],
};

const LONGEST_BAR = 40;
const LABEL = 8;
/** Columns that both times fit into. */
const ONE_LINE = 72;

export function render(standing: Standing, view: View): string[] {
    const { width, paint = plain } = view;
    const lines: Line[] = [
        title(standing),
        phaseBar(standing, width),
        weights(standing),
        ...counts(standing),
        ...evidence(standing, width),
        ...times(standing, view),
        ...wrapped(oneLine(standing.reason), width).map((text) => [{ text }]),
    ];
    return lines.map((line) => fitted(line, width, paint));
}

function title({ started, state }: Standing): Line {
    const [text, tone] = STATE[state];
    const { app, namespace, stable, canary, stack } = started;
    return [
        { text: `${namespace}/${app} `, tone: "strong" },
        { text, tone },
        { text: ` ${stable} → ${canary}, stack ${stack}`, tone: "quiet" },
    ];
}

/** The ladder: `═` behind, the weight that callers have in brackets, `─` ahead. */
function phaseBar({ started, weight }: Standing, width: number): Line {
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

const STEP = {
    wanted: "previewed now",
    previewed: "updated now",
    updated: "on its way to callers",
    routed: "there",
};

function weights(standing: Standing): Line {
    const { weight, next } = standing;
    const share = liveShare(standing);
    const live = share === undefined ? "" : `, callers see ${percentText(share)}`;
    const coming = next === undefined ? "" : `; ${next.weight} is ${STEP[next.step]}`;
    return [...label("weight"), { text: `${weight} %${live}${coming}` }];
}

function counts({ started, look }: Standing): Line[] {
    if (look === undefined) return [];
    const { stable, canary } = started;
    return (
        [
            [stable, "stable"],
            [canary, "canary"],
        ] as const
    ).map(([slot, role]) => {
        const text = `${role} ${failedText(look.evidence[role])}`;
        return [...label(slot), { text }];
    });
}

function evidence({ look, started }: Standing, width: number): Line[] {
    if (look === undefined) return [];
    const { harm, harmLimit, slow, slowLimit, safe, safeLimit, exposed } = look.evidence;
    const bar = Math.max(5, Math.min(LONGEST_BAR, width - LABEL - 32));
    const line = (name: string, value: number, limit: number, then: string, tone: Tone): Line => {
        // Full only once the limit is reached; 2.4 of 3 is not to be a bit less than 0.8.
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
    const budget = exposureBudget === undefined ? "" : ` of ${countText(exposureBudget)}`;
    return [
        line("harm", harm, harmLimit, ", then rollback", "bad"),
        ...(started.analysis.latency.enabled
            ? [line("slow", slow, slowLimit, ", then rollback", "bad")]
            : []),
        line("safe", safe, safeLimit, ", then passed", "good"),
        [
            ...label("cost"),
            { text: `${countText(exposed)}${budget} failed beyond ${started.stable}'s share` },
        ],
    ];
}

function times({ started, phaseSince, state, weight }: Standing, { width, now }: View): Line[] {
    if (phaseSince === undefined || weight === 0) return [];
    if (state !== "running" && state !== "waiting" && state !== "paused") return [];
    const { analysis } = started;
    const milliseconds = (text: string) => parseDuration(text) ?? 0;
    const dwell = now - phaseSince;
    const least = weight === 100 ? analysis.bake : analysis.minDwell;
    const left = milliseconds(least) - dwell;
    const until = left > 0 ? `${timeText(left)} left of ${least}` : `at least ${least} have passed`;
    const deadline = timeText(milliseconds(analysis.deadline) - dwell);
    const text = `${timeText(dwell)} here, ${until}`;
    if (width >= ONE_LINE)
        return [[...label("time"), { text: `${text}, deadline in ${deadline}` }]];
    return [
        [...label("time"), { text }],
        [...label(""), { text: `deadline in ${deadline}` }],
    ];
}

function label(text: string): Line {
    return [{ text: text.padEnd(LABEL), tone: "quiet" }];
}

/** Cut to the width, with an ellipsis where something is missing; colours count for nothing. */
function fitted(line: Line, width: number, paint: Paint): string {
    const whole = line.reduce((sum, { text }) => sum + text.length, 0);
    let room = whole > width ? width - 1 : width;
    const parts = line.map(({ text, tone = "plain" }) => {
        const shown = text.slice(0, Math.max(0, room));
        room -= shown.length;
        return shown === "" ? "" : paint(tone, shown);
    });
    return whole > width ? `${parts.join("")}…` : parts.join("");
}

/** At spaces, at most four lines. */
function wrapped(text: string, width: number): string[] {
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

function plain(_tone: Tone, text: string): string {
    return text;
}
