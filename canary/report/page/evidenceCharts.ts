/** Charts of evidence, as odds: against the canary, and for the next weight. */
import type { RolloutReport, SampleReport } from "../../analysis/report/rolloutReport";
import { clockText } from "../../analysis/report/wording";
import { countText, numberText, oddsText } from "../../analysis/text";
import { COLOUR, grid, line, type Point, phaseLines, timeAxis, valueAxis } from "./axes";
import type { Chart } from "./chart";
import type { Span } from "./downsample";
import { routedSeconds, spansOf } from "./trafficCharts";

const FINE = 300;
const COARSE = 30;
/** The lowest odds of the scale, as a power of ten. */
const LEAST = -2;

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
        description: `Odds that the canary fails more than the stable, and that it is slower. At the limit the driver rolls back. Highest: ${peakText(most, "harm", "for failures")}; ${peakText(slowest, "slow", "for slowness")}. The scale is logarithmic and starts at 1 to 100.`,
        option: {
            grid,
            xAxis: timeAxis(report.ended.second),
            yAxis: oddsAxis(),
            series: [
                phaseLines(routedSeconds(report)),
                line({
                    name: sameLimit ? "rollback" : "rollback (fails)",
                    points: pointsOf(spans, "harmLimit"),
                    colour: COLOUR.limit,
                    dash: "dashed",
                    width: 1.5,
                    step: true,
                }),
                ...(sameLimit
                    ? []
                    : [
                          line({
                              name: "rollback (slow)",
                              points: pointsOf(spans, "slowLimit"),
                              colour: COLOUR.limit,
                              dash: "dotted",
                              width: 1.5,
                          }),
                      ]),
                line({
                    name: "slower",
                    points: pointsOf(spans, "slow"),
                    colour: COLOUR.stable,
                    dash: "dotted",
                }),
                line({
                    name: "fails more",
                    points: pointsOf(spans, "harm"),
                    colour: COLOUR.canary,
                }),
            ],
        },
        table: oddsTable("Odds against the canary, by time", spansOf(report, COARSE), [
            ["fails more", "harm"],
            ["rollback at", "harmLimit"],
            ["slower", "slow"],
            ["rollback at", "slowLimit"],
        ]),
    };
}

export function safetyChart(report: RolloutReport): Chart {
    // At 100 % the stable gets no requests to compare with.
    const judged = ({ last }: Span) => last.weight < 100;
    const spans = spansOf(report, FINE).filter(judged);
    const limits = pointsOf(spans, "safeLimit");
    const advances = report.decisions.filter(({ action }) => action === "advance");
    const odds = advances.map(({ evidence }) => oddsText(evidence.safe)).join(", ");
    const advanced =
        advances.length === 0
            ? "The rollout never advanced."
            : `The rollout advanced ${countText(advances.length, "time")}, at odds of ${odds}.`;
    return {
        id: "safety",
        title: "Evidence that the next weight is safe",
        description: `Odds that the next weight is safe. They start again at each weight. At the limit the errors gate passes. ${advanced} The scale is logarithmic. Not judged at 100 %.`,
        option: {
            grid,
            xAxis: timeAxis(report.ended.second),
            yAxis: oddsAxis(),
            series: [
                phaseLines(routedSeconds(report)),
                line({
                    name: "pass",
                    points: limits,
                    colour: COLOUR.limit,
                    dash: "dashed",
                    width: 1.5,
                }),
                line({ name: "safe", points: withGaps(spans), colour: COLOUR.stable }),
            ],
        },
        table: oddsTable(
            "Odds that the next weight is safe, by time",
            spansOf(report, COARSE).filter(judged),
            [
                ["safe", "safe"],
                ["pass at", "safeLimit"],
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

/** Odds as a power of ten. */
function tens(logarithm: number): number | null {
    return Number.isFinite(logarithm) ? Math.max(LEAST, logarithm / Math.LN10) : null;
}

function oddsAxis() {
    return valueAxis({
        min: LEAST,
        format: (value) => {
            if (!Number.isInteger(value)) return "";
            if (value < 0) return `1:${10 ** -value}`;
            return value > 5 ? `10^${value}` : `${numberText(10 ** value)}:1`;
        },
    });
}

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
