/** Charts of evidence, as odds: against the canary, and for the next weight. */
import type { RolloutReport, SampleReport } from "../../analysis/report/rolloutReport";
import { clockText } from "../../analysis/report/wording";
import { countText, numberText, oddsText } from "../../analysis/text";
import type { Line, Point, ValueAxis } from "./axes";
import type { Chart } from "./chart";
import type { Span } from "./downsample";
import { COARSE, FINE, spansOf } from "./plot";

/** The lowest and the highest odds of the scale, as powers of ten. */
const [LEAST, MOST] = [-2, 6];
/** Pixels for "1,000,000". */
const LEFT = 68;
const SCALE = "The scale is logarithmic, from 0.01 to 1,000,000.";

export function harmChart(report: RolloutReport): Chart {
    const { samples } = report;
    const spans = spansOf(report, FINE);
    const most = peak(samples, "harm");
    const slowest = peak(samples, "slow");
    const sameLimit = samples.every(
        ({ harmLimit, slowLimit }) => Math.abs(harmLimit - slowLimit) < 0.8,
    );
    return {
        id: "harm",
        title: "Evidence against the canary",
        description: `Odds to 1 that the canary fails more than the stable, and that it is slower. At the limit the driver rolls back. Highest: ${peakText(most, "harm", "for failures")}; ${peakText(slowest, "slow", "for slowness")}. ${SCALE}`,
        plot: {
            yAxis: ODDS_AXIS,
            left: LEFT,
            lines: [
                { name: "fails more", points: pointsOf(spans, "harm"), colour: "bad" },
                {
                    name: "slower",
                    points: pointsOf(spans, "slow"),
                    colour: "bad",
                    dash: "dotted",
                },
                {
                    name: sameLimit ? "rollback" : "rollback if it fails more",
                    points: pointsOf(spans, "harmLimit"),
                    colour: "limit",
                    dash: "dashed",
                    width: 1.5,
                    step: true,
                },
                ...(sameLimit ? [] : [slowLimit(spans)]),
            ],
        },
        table: oddsTable("Odds to 1 against the canary, by time", spansOf(report, COARSE), [
            ["Fails more", "harm"],
            ["Rollback at", "harmLimit"],
            ["Slower", "slow"],
            ["Rollback at", "slowLimit"],
        ]),
    };
}

function slowLimit(spans: readonly Span[]): Line {
    return {
        name: "rollback if it is slower",
        points: pointsOf(spans, "slowLimit"),
        colour: "limit",
        dash: "dotted",
        width: 1.5,
    };
}

export function safetyChart(report: RolloutReport): Chart {
    // At 100 % the stable gets no requests to compare with.
    const judged = ({ last }: Span) => last.weight < 100;
    const spans = spansOf(report, FINE).filter(judged);
    const advances = report.decisions.filter(({ action }) => action === "advance");
    const odds = advances.map(({ evidence }) => oddsText(evidence.safe)).join(", ");
    const advanced =
        advances.length === 0
            ? "The rollout has not advanced."
            : `The rollout advanced ${countText(advances.length, "time")}, at odds of ${odds}.`;
    return {
        id: "safety",
        title: "Evidence that the next weight is safe",
        description: `Odds to 1 that the next weight is safe. They start again at each weight. At the limit the errors gate passes. ${advanced} Not judged at 100 %. ${SCALE}`,
        plot: {
            yAxis: ODDS_AXIS,
            left: LEFT,
            lines: [
                { name: "safe", points: withGaps(spans), colour: "good" },
                {
                    name: "pass",
                    points: pointsOf(spans, "safeLimit"),
                    colour: "limit",
                    dash: "dashed",
                    width: 1.5,
                },
            ],
        },
        table: oddsTable(
            "Odds to 1 that the next weight is safe, by time",
            spansOf(report, COARSE).filter(judged),
            [
                ["Safe", "safe"],
                ["Pass at", "safeLimit"],
            ],
        ),
    };
}

type Key = "harm" | "harmLimit" | "slow" | "slowLimit" | "safe" | "safeLimit";

function pointsOf(spans: readonly Span[], key: Key): Point[] {
    return spans.map(({ to, last }) => [to, tens(last[key])]);
}

/** Points with a gap where the weight changes, because the odds start again at 1. */
function withGaps(spans: readonly Span[]): Point[] {
    return spans.flatMap(({ from, to, last }, index): Point[] => {
        const before = spans[index - 1];
        const point: Point = [to, tens(last.safe)];
        if (before?.last.weight === last.weight) return [point];
        return [[from, null], [from, 0], point];
    });
}

/** Odds as a power of ten, within the scale. */
function tens(logarithm: number): number | null {
    if (!Number.isFinite(logarithm)) return null;
    return Math.min(MOST, Math.max(LEAST, logarithm / Math.LN10));
}

const ODDS_AXIS: ValueAxis = {
    min: LEAST,
    max: MOST,
    interval: 2,
    format: (value) => numberText(10 ** value, 2),
};

function peak(samples: readonly SampleReport[], key: "harm" | "slow"): SampleReport | undefined {
    return samples.reduce<SampleReport | undefined>(
        (most, one) => (most === undefined || one[key] > most[key] ? one : most),
        undefined,
    );
}

function peakText(sample: SampleReport | undefined, key: "harm" | "slow", what: string): string {
    if (sample === undefined) return `none ${what}`;
    return `${oddsText(sample[key])} to 1 ${what} (rollback at ${oddsText(sample[`${key}Limit`])})`;
}

function oddsTable(
    caption: string,
    spans: readonly Span[],
    keys: readonly (readonly [title: string, key: Key])[],
): Chart["table"] {
    return {
        caption,
        columns: [
            { title: "Until (UTC)", kind: "fixed" },
            { title: "Weight", kind: "number" },
            ...keys.map(([title]) => ({ title, kind: "number" as const })),
        ],
        rows: spans.map(({ last }) => [
            clockText(last),
            last.weight,
            ...keys.map(([, key]) => oddsText(last[key])),
        ]),
    };
}
