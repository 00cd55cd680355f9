// Incidents that hit both versions, and services that are bad all the time.
import type { Draw } from "../../random";
import { CANARY, type Moment, type Shape } from "../model/shape";

import type { Row } from "../row";

const base: Shape = { rate: 50, failures: () => 0.001 };
const HEALTHY = { backAtMost: 0.01 };

/** A minute in which half of all requests hang, beginning 30 to 60 s after the canary got at least 90 %. */
function hangingMinute(draw: Draw): Shape {
    const begin = 30 + 30 * draw.uniform();
    const isOn = ({ baking }: Moment) => baking >= begin && baking < begin + 60;
    return { ...base, timeouts: (moment) => (isOn(moment) ? 0.5 : 0) };
}

/** Both versions fail 30 % for 10 s, at random times, every minute on average. */
function recurring(draw: Draw): Shape {
    const starts = [draw.uniform() * 60];
    while ((starts.at(-1) ?? 0) < 1_200) {
        starts.push((starts.at(-1) ?? 0) + 20 + 80 * draw.uniform());
    }
    const isOn = (at: number) => starts.some((start) => at >= start && at < start + 10);
    return { ...base, failures: ({ at }) => (isOn(at) ? 0.3 : 0.001) };
}

const BAKE = { bake: "3m" };

export const INCIDENTS: readonly Row[] = [
    {
        name: "shared minute of timeouts at 100 %",
        shape: hangingMinute,
        analysis: { ...BAKE, holdback: 0 },
        latency: true,
        horizon: 800,
        limit: HEALTHY,
    },
    {
        name: "shared minute of timeouts in the bake",
        shape: hangingMinute,
        analysis: BAKE,
        latency: true,
        horizon: 800,
        limit: HEALTHY,
    },
    {
        name: "recurring shared bursts",
        shape: recurring,
        analysis: BAKE,
        horizon: 1_300,
        limit: HEALTHY,
    },
    {
        name: "both fail 5 %, 50 requests/s",
        shape: () => ({ ...base, failures: () => 0.05 }),
        analysis: { deadline: "20m" },
        horizon: 1_800,
        limit: HEALTHY,
    },
    {
        name: "both fail 1 %, 5 requests/s",
        shape: () => ({ rate: 5, failures: () => 0.01 }),
        analysis: { deadline: "20m" },
        horizon: 1_800,
        limit: HEALTHY,
    },
    {
        name: "onInconclusive: promote, fails all at 100 %",
        shape: () => ({
            ...base,
            failures: ({ version, baking }) => (version === CANARY && baking >= 20 ? 1 : 0.001),
        }),
        analysis: {
            ...BAKE,
            onInconclusive: "promote",
            maxDwell: "1m",
            maxTotal: "2m",
            holdback: 0,
        },
        horizon: 600,
        limit: { backAtLeast: 0.99 },
    },
    {
        name: "onInconclusive: rollback, shared minute at 100 %",
        shape: (draw) => {
            const begin = 30 + 30 * draw.uniform();
            const isOn = ({ baking }: Moment) => baking >= begin && baking < begin + 60;
            return { ...base, failures: (moment) => (isOn(moment) ? 0.3 : 0.001) };
        },
        analysis: {
            ...BAKE,
            onInconclusive: "rollback",
            maxDwell: "1m",
            // Long enough to reach 100 % on evidence.
            maxTotal: "5m",
            holdback: 0,
        },
        horizon: 800,
        limit: HEALTHY,
    },
];
