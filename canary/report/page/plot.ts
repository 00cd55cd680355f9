/** What all charts share: the axis of time, the phases, the size of the plot, and the legend. */
import type { RolloutReport } from "../../analysis/report/rolloutReport";
import { axisText, COLOUR, type Line, line, timeAxis, type ValueAxis, valueAxis } from "./axes";
import { downsample, type Span } from "./downsample";
import { WIDTH } from "./svg";

/** Points of a line of rates. Few, so that single failures do not hide the rate. */
export const COARSE = 30;
/** Points of a line of accumulated values. */
export const FINE = 300;

/** Pixels around the plot; the phases' labels are above it. */
const MARGIN = { right: 16, top: 26, bottom: 26 };
const LEFT = 48;
/** Pixels of a character of a label, and between two labels. */
const [CHARACTER, GAP] = [7, 8];

export interface Plot {
    readonly yAxis: ValueAxis;
    readonly lines: readonly Line[];
    /** Other series of echarts, such as points. */
    readonly more?: readonly object[];
    /** Pixels for the labels of the vertical axis. */
    readonly left?: number;
}

/** The option of a chart over the time of a rollout. */
export function plotOf(report: RolloutReport, { yAxis, lines, more = [], left = LEFT }: Plot) {
    return {
        grid: { ...MARGIN, left },
        xAxis: timeAxis(report.ended.second),
        yAxis: valueAxis(yAxis),
        series: [phaseMarks(report, left), ...lines.map(line), ...more],
    };
}

export function routedSeconds({ phases }: RolloutReport): number[] {
    return phases.flatMap(({ routed }) => routed?.second ?? []);
}

export function spansOf(report: RolloutReport, most: number): Span[] {
    return downsample(report.samples, routedSeconds(report), most);
}

/** A vertical line, below the data, where callers got a weight; the weight is above it. */
function phaseMarks(report: RolloutReport, left: number) {
    const labels = phaseLabels(report, WIDTH - left - MARGIN.right);
    return {
        type: "line",
        data: [],
        // Below the lines of the data.
        z: 0,
        markLine: {
            silent: true,
            symbol: "none",
            z: 0,
            lineStyle: { color: COLOUR.line, type: "solid", width: 1 },
            data: labels.map(({ second, text }) => ({
                xAxis: second,
                label: {
                    ...axisText(COLOUR.soft),
                    show: text !== undefined,
                    position: "end",
                    align: "left",
                    distance: 5,
                    formatter: () => text ?? "",
                },
            })),
        },
    };
}

interface PhaseLabel {
    readonly second: number;
    /** Undefined if an earlier label covers this phase. */
    readonly text: string | undefined;
}

/** "10 %" at each phase. Phases too short for a label share one: "2 → 25 %". */
export function phaseLabels({ phases, ended }: RolloutReport, width: number): PhaseLabel[] {
    const marks = phases.flatMap(({ routed, weight }) =>
        routed === undefined ? [] : [{ second: routed.second, weight }],
    );
    const pixels = (second: number) => (second / Math.max(ended.second, 1)) * width;
    const groups: (typeof marks)[] = [];
    for (const mark of marks) {
        const last = groups.at(-1);
        if (last?.[0] && pixels(mark.second - last[0].second) < widthOf(last)) last.push(mark);
        else groups.push([mark]);
    }
    const last = groups.at(-1);
    const room = width + MARGIN.right - pixels(last?.[0]?.second ?? 0);
    if (last !== undefined && groups.length > 1 && room < widthOf(last)) {
        groups.pop();
        groups.at(-1)?.push(...last);
    }
    return groups.flatMap((group) =>
        group.map(({ second }, index) => ({
            second,
            text: index === 0 ? labelOf(group) : undefined,
        })),
    );
}

function labelOf(group: readonly { readonly weight: number }[]): string {
    const [first, last] = [group[0], group.at(-1)];
    return first === last ? `${first?.weight} %` : `${first?.weight} → ${last?.weight} %`;
}

function widthOf(group: readonly { readonly weight: number }[]): number {
    return labelOf(group).length * CHARACTER + GAP;
}
