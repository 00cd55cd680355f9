/** What was inferred, as odds: against the canary, and for a larger weight. */
import type { LookReport, RolloutReport } from "../../analysis/report/rolloutReport";
import { clockText, oddsText } from "../../analysis/report/wording";
import { COLOUR, grid, line, type Point, phaseLines, timeAxis, valueAxis } from "./axes";
import type { Chart } from "./chart";
import type { Span } from "./downsample";
import { routedSeconds, spansOf } from "./trafficCharts";

const FINE = 300;
const COARSE = 30;
/** Odds, as powers of ten, below which nothing more is to be seen. */
const LEAST = -2;

export function harmChart(report: RolloutReport): Chart {
    const { looks } = report;
    const spans = spansOf(report, FINE);
    const most = peak(looks, "harm");
    const slowest = peak(looks, "slow");
    const sameLimit = looks.every(
        ({ harmLimit, slowLimit }) => Math.abs(harmLimit - slowLimit) < 0.8,
    );
    return {
        id: "harm",
        title: "Evidence against the canary",
        description: `Odds that it fails more than the stable, and that it is slower; at the limit it is rolled back. Highest: ${peakText(most, "harm", "for failures")}; ${peakText(slowest, "slow", "for slowness")}. The scale is logarithmic; below 1 to 100 nothing is drawn.`,
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
    // At 100 % there is nothing left to compare with.
    const judged = ({ last }: Span) => last.weight < 100;
    const spans = spansOf(report, FINE).filter(judged);
    const limits = pointsOf(spans, "safeLimit");
    const advances = report.decisions.filter(({ action }) => action === "advance");
    return {
        id: "safety",
        title: "Evidence that the next weight is safe",
        description: `Odds that the canary costs little enough at the next weight, begun anew at each; at the limit the errors gate passes. ${advances.length} times it went on, ${advances.length === 0 ? "" : `at odds of ${advances.map(({ evidence }) => oddsText(evidence.safe)).join(", ")}. `}The scale is logarithmic; not judged at 100 %.`,
        option: {
            grid,
            xAxis: timeAxis(report.ended.second),
            yAxis: oddsAxis(),
            series: [
                phaseLines(routedSeconds(report)),
                line({
                    name: "enough",
                    points: limits,
                    colour: COLOUR.limit,
                    dash: "dashed",
                    width: 1.5,
                }),
                line({ name: "safe", points: apart(spans), colour: COLOUR.stable }),
            ],
        },
        table: oddsTable(
            "Odds that the next weight is safe, by time",
            spansOf(report, COARSE).filter(judged),
            [
                ["safe", "safe"],
                ["enough", "safeLimit"],
            ],
        ),
    };
}

type Key = "harm" | "harmLimit" | "slow" | "slowLimit" | "safe" | "safeLimit";

function pointsOf(spans: readonly Span[], key: Key): Point[] {
    return spans.map(({ to, last }) => [to, tens(last[key])]);
}

/** With a gap where the weight changes: each begins at odds of 1. */
function apart(spans: readonly Span[]): Point[] {
    return spans.flatMap(({ from, to, last }, index): Point[] => {
        const before = spans[index - 1];
        const point: Point = [to, tens(last.safe)];
        if (before?.last.weight === last.weight) return [point];
        return [[from, null], [from, 0], point];
    });
}

/** As a power of ten. */
function tens(logarithm: number): number | null {
    return Number.isFinite(logarithm) ? Math.max(LEAST, logarithm / Math.LN10) : null;
}

function oddsAxis() {
    return valueAxis({
        min: LEAST,
        format: (value) => {
            if (!Number.isInteger(value)) return "";
            if (value < 0) return `1:${10 ** -value}`;
            return value > 5 ? `10^${value}` : `${(10 ** value).toLocaleString("en-GB")}:1`;
        },
    });
}

function peak(looks: readonly LookReport[], key: "harm" | "slow"): LookReport | undefined {
    return looks.reduce<LookReport | undefined>(
        (most, look) => (most === undefined || look[key] > most[key] ? look : most),
        undefined,
    );
}

function peakText(look: LookReport | undefined, key: "harm" | "slow", what: string): string {
    if (look === undefined) return `none ${what}`;
    return `${oddsText(look[key])} to 1 ${what} (rollback at ${oddsText(look[`${key}Limit`])})`;
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
