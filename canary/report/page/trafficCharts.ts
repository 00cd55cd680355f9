/** What callers saw: the canary's share, failures of both versions, requests, and what the canary cost. */
import { canaryShare, failedShare } from "../../analysis/counts/sums";
import type { PhaseReport, RolloutReport } from "../../analysis/report/rolloutReport";
import {
    clockText,
    costText,
    failedText,
    numberText,
    percentText,
    phaseText,
    secondsText,
} from "../../analysis/report/wording";
import type { Arm } from "../../analysis/statistics/counts";
import { COLOUR, FONT, grid, line, type Point, phaseLines, timeAxis, valueAxis } from "./axes";
import type { Chart } from "./chart";
import { type Span, thinned } from "./downsample";

/** Points of a line of counts: few, so that single failures do not hide the rate. */
const COARSE = 30;
/** Points of a line that only grows. */
const FINE = 300;

export function routedSeconds({ phases }: RolloutReport): number[] {
    return phases.flatMap(({ routed }) => routed?.second ?? []);
}

export function spansOf(report: RolloutReport, most: number): Span[] {
    return thinned(report.looks, routedSeconds(report), most);
}

export function weightChart(report: RolloutReport): Chart {
    const { phases, ended } = report;
    const routed = phases.filter((phase) => phase.routed !== undefined);
    const points: Point[] = routed.map(({ routed: at, weight }) => [at?.second ?? 0, weight]);
    const seen = spansOf(report, COARSE).flatMap(({ from, to, counts }): Point[] => {
        const share = counts && canaryShare(counts);
        return share === undefined ? [] : [[(from + to) / 2, 100 * share]];
    });
    const last = routed.at(-1)?.weight ?? 0;
    const steps = routed.map((phase) => `${phaseText(phase)} at ${clockOf(phase)}`).join(", ");
    return {
        id: "weights",
        title: "Share of requests that the canary gets",
        description: `${steps === "" ? "No weight reached the callers" : `Routed: ${steps}`}. Circles are the shares that callers' sidecars counted.`,
        option: {
            grid,
            xAxis: timeAxis(ended.second),
            yAxis: valueAxis({ max: 100, interval: 25, format: (value) => `${value} %` }),
            series: [
                {
                    ...line({
                        name: `weight ${last}`,
                        points: [[0, 0], ...points, [ended.second, last]],
                        colour: COLOUR.canary,
                        step: true,
                    }),
                },
                {
                    type: "scatter",
                    data: seen.map((point) => [...point]),
                    symbol: "circle",
                    symbolSize: 6,
                    itemStyle: { color: "var(--page)", borderColor: COLOUR.text, borderWidth: 1.2 },
                },
                {
                    type: "scatter",
                    data: routed.slice(0, -1).map(({ routed: at, weight }) => [at?.second, weight]),
                    symbolSize: 0.01,
                    itemStyle: { color: COLOUR.canary },
                    label: {
                        show: true,
                        ...FONT,
                        color: COLOUR.canary,
                        position: "top",
                        align: "left",
                        // Above the circles.
                        distance: 14,
                        formatter: ({ value }: { value: number[] }) => `${value[1]} %`,
                    },
                    labelLayout: { hideOverlap: true },
                },
            ],
        },
        table: {
            caption: "Weights, when each was wanted, written and routed (UTC)",
            columns: [
                { title: "Weight", kind: "fixed" },
                { title: "Wanted", kind: "fixed" },
                { title: "Engine done", kind: "fixed" },
                { title: "Routed", kind: "fixed" },
                { title: "Preview", kind: "number" },
                { title: "Update", kind: "number" },
                { title: "Routing", kind: "number" },
                { title: "Held", kind: "number" },
            ],
            rows: phases.map((phase) => [
                phaseText(phase),
                ...[phase.wanted, phase.updated, phase.routed].map((at) =>
                    at ? clockText(at) : "–",
                ),
                ...(["preview", "update", "route", "held"] as const).map((key) =>
                    took(phase.seconds[key]),
                ),
            ]),
        },
    };
}

export function failureChart(report: RolloutReport): Chart {
    const spans = spansOf(report, COARSE).filter(({ counts }) => counts !== undefined);
    const points = (role: "canary" | "stable") =>
        spans.map(({ to, counts }): Point => {
            const share = counts && failedShare(counts[role]);
            return [to, share === undefined ? null : 100 * share];
        });
    const { canary, stable } = report.total;
    return {
        id: "failures",
        title: "Failed requests, share per version",
        description: `In all, ${failedText(canary)} of the canary's requests failed and ${failedText(stable)} of the stable's.`,
        option: {
            grid,
            xAxis: timeAxis(report.ended.second),
            yAxis: valueAxis({ format: (value) => `${Number(value.toFixed(3))} %` }),
            series: [phaseLines(routedSeconds(report)), ...versions(report, points)],
        },
        table: countTable("Failed requests of both versions, by time", spans),
    };
}

export function requestChart(report: RolloutReport): Chart {
    const spans = spansOf(report, COARSE).filter(({ counts }) => counts !== undefined);
    const points = (role: "canary" | "stable") =>
        spans.map(({ from, to, counts }): Point => {
            const seconds = to - from;
            return [to, counts && seconds > 0 ? counts[role].requests / seconds : null];
        });
    const { canary, stable } = report.total;
    return {
        id: "requests",
        title: "Requests per second, per version",
        description: `${numberText(canary.requests)} requests went to the canary and ${numberText(stable.requests)} to the stable.`,
        option: {
            grid,
            xAxis: timeAxis(report.ended.second),
            yAxis: valueAxis({ format: (value) => numberText(value, 2) }),
            series: [phaseLines(routedSeconds(report)), ...versions(report, points)],
        },
        table: countTable("Requests of both versions, by time", spans),
    };
}

export function costChart(report: RolloutReport): Chart {
    const { exposure, looks } = report;
    const { budget } = exposure;
    const points = spansOf(report, FINE).map(({ to, last }): Point => [to, last.exposed]);
    const end = report.ended.second;
    const limit = { name: `budget ${budget}`, colour: COLOUR.limit, dash: "dashed" } as const;
    return {
        id: "cost",
        title: "Failed requests that the canary cost",
        description: `Beyond what the stable's share of failures would have made of the same requests: ${costText(exposure)}, at most ${numberText(Math.max(0, ...looks.map(({ exposed }) => exposed)), 1)} at any look.`,
        option: {
            grid,
            xAxis: timeAxis(end),
            yAxis: valueAxis({ format: (value) => numberText(value, 1) }),
            series: [
                phaseLines(routedSeconds(report)),
                line({ name: "canary", points, colour: COLOUR.canary, area: true }),
                ...(budget === undefined
                    ? []
                    : [
                          line({
                              ...limit,
                              points: [
                                  [0, budget],
                                  [end, budget],
                              ],
                              width: 1.5,
                          }),
                      ]),
            ],
        },
        table: {
            caption: "Cost so far, by time",
            columns: [
                { title: "Until (UTC)", kind: "fixed" },
                { title: "Weight", kind: "number" },
                { title: "Failed requests", kind: "number" },
            ],
            rows: spansOf(report, COARSE).map(({ last }) => [
                clockText(last),
                last.weight,
                numberText(last.exposed, 1),
            ]),
        },
    };
}

/** Two lines, told apart by dashes and by their names as well. */
function versions({ rollout }: RolloutReport, points: (role: "canary" | "stable") => Point[]) {
    const stable = points("stable");
    // A version without requests has no share: its line ends there.
    const length = stable.findLastIndex(([, value]) => value !== null) + 1;
    return [
        line({
            name: `stable ${rollout.stable}`,
            points: stable.slice(0, length),
            colour: COLOUR.stable,
            dash: "dashed",
            early: length < stable.length,
        }),
        line({
            name: `canary ${rollout.canary}`,
            points: points("canary"),
            colour: COLOUR.canary,
        }),
    ];
}

function countTable(caption: string, spans: readonly Span[]): Chart["table"] {
    const cells = ({ requests, failed }: Arm) => [
        numberText(requests),
        numberText(failed),
        requests > 0 ? percentText(failed / requests) : "–",
    ];
    return {
        caption,
        columns: [
            { title: "Until (UTC)", kind: "fixed" },
            { title: "Weight", kind: "number" },
            ...["canary", "stable"].flatMap((role) => [
                { title: `Requests, ${role}`, kind: "number" as const },
                { title: `failed, ${role}`, kind: "number" as const },
                { title: "share", kind: "number" as const },
            ]),
        ],
        rows: spans.flatMap(({ last, counts }) =>
            counts === undefined
                ? []
                : [
                      [
                          clockText(last),
                          last.weight,
                          ...cells(counts.canary),
                          ...cells(counts.stable),
                      ],
                  ],
        ),
    };
}

function clockOf({ routed }: PhaseReport): string {
    return routed === undefined ? "" : clockText(routed);
}

function took(seconds: number | undefined): string {
    return seconds === undefined ? "–" : secondsText(seconds);
}
