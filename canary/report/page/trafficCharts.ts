/** Charts of traffic: the canary's share, failures and requests of both versions, and the canary's cost. */

import type { PhaseReport, RolloutReport } from "../../analysis/report/rolloutReport";
import { armText, clockText, costText, phaseName } from "../../analysis/report/wording";
import type { Arm } from "../../analysis/statistics/counts";
import { canaryShare, failedShare } from "../../analysis/statistics/counts";
import { durationText, measureText, numberText, percentText } from "../../analysis/text";
import { COLOUR, type Line, type Point } from "./axes";
import type { Chart } from "./chart";
import type { Span } from "./downsample";
import { COARSE, FINE, spansOf } from "./plot";

export function weightChart(report: RolloutReport): Chart {
    const { phases, ended } = report;
    const routed = phases.filter((phase) => phase.routed !== undefined);
    const points: Point[] = routed.map(({ routed: at, weight }) => [at?.second ?? 0, weight]);
    const shares = spansOf(report, COARSE).flatMap(({ from, to, counts }): Point[] => {
        const share = counts && canaryShare(counts);
        return share === undefined ? [] : [[(from + to) / 2, 100 * share]];
    });
    const last = routed.at(-1)?.weight ?? 0;
    const steps = routed.map((phase) => `${phaseName(phase)} at ${clockOf(phase)}`).join(", ");
    return {
        id: "share",
        title: "The canary's share of requests",
        description: steps === "" ? "No weight reached the callers." : `Routed: ${steps}.`,
        plot: {
            yAxis: { max: 100, interval: 25, format: (value) => `${value} %` },
            lines: [
                {
                    name: "weight",
                    points: [[0, 0], ...points, [ended.second, last]],
                    colour: "canary",
                    step: true,
                },
            ],
            more: [
                {
                    type: "scatter",
                    data: shares.map((point) => [...point]),
                    symbol: "circle",
                    symbolSize: 6,
                    itemStyle: { color: "var(--page)", borderColor: COLOUR.text, borderWidth: 1.2 },
                },
            ],
        },
        points: "share counted by the callers' sidecars",
        table: {
            caption: "Weights, with the time (UTC) and duration of each step",
            columns: [
                { title: "Weight", kind: "fixed" },
                { title: "Wanted", kind: "fixed" },
                { title: "Updated", kind: "fixed" },
                { title: "Routed", kind: "fixed" },
                { title: "Preview", kind: "number" },
                { title: "Update", kind: "number" },
                { title: "Routing", kind: "number" },
                { title: "Held for", kind: "number" },
            ],
            rows: phases.map((phase) => [
                phaseName(phase),
                ...[phase.wanted, phase.updated, phase.routed].map((at) =>
                    at ? clockText(at) : "–",
                ),
                ...(["preview", "update", "route", "held"] as const).map((key) =>
                    durationCell(phase.seconds[key]),
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
        title: "Share of failed requests by version",
        description: `Failed in total: canary ${armText(canary)}, stable ${armText(stable)}.`,
        plot: {
            yAxis: { format: (value) => `${measureText(value)} %` },
            lines: versions(report, points),
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
        title: "Requests per second by version",
        description: `${numberText(canary.requests)} requests went to the canary and ${numberText(stable.requests)} to the stable.`,
        plot: {
            yAxis: { format: (value) => measureText(value) },
            lines: versions(report, points),
        },
        table: countTable("Requests of both versions, by time", spans),
    };
}

export function costChart(report: RolloutReport): Chart {
    const { exposure, samples } = report;
    const { budget } = exposure;
    const points = spansOf(report, FINE).map(({ to, last }): Point => [to, last.exposed]);
    const end = report.ended.second;
    const limit: readonly Line[] =
        budget === undefined
            ? []
            : [
                  {
                      name: `budget of ${numberText(budget)}, then rollback`,
                      points: [
                          [0, budget],
                          [end, budget],
                      ],
                      colour: "limit",
                      dash: "dashed",
                      width: 1.5,
                  },
              ];
    return {
        id: "cost",
        title: "Cost of the canary in failed requests",
        description: `Failed canary requests beyond the stable's share: ${costText(exposure)}, at most ${measureText(Math.max(0, ...samples.map(({ exposed }) => exposed)))} at any time.`,
        plot: {
            yAxis: { format: (value) => measureText(value) },
            lines: [{ name: "cost", points, colour: "canary", area: true }, ...limit],
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
                measureText(last.exposed),
            ]),
        },
    };
}

/** One line for each version, distinguished by dashes as well as by colour. */
function versions(
    { rollout }: RolloutReport,
    points: (role: "canary" | "stable") => Point[],
): readonly Line[] {
    return [
        {
            name: `canary ${rollout.canary}`,
            points: points("canary"),
            colour: "canary",
        },
        {
            name: `stable ${rollout.stable}`,
            points: points("stable"),
            colour: "stable",
            dash: "dashed",
        },
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
            ...["Canary", "Stable"].flatMap((role) => [
                { title: `${role} requests`, kind: "number" as const },
                { title: `${role} failures`, kind: "number" as const },
                { title: `${role} failure share`, kind: "number" as const },
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

function durationCell(seconds: number | undefined): string {
    return seconds === undefined ? "–" : durationText(seconds);
}
