// Failures of one client, of one pod, and without a version.
import type { Draw } from "../../random";
import { CANARY, type Moment, type Shape, STABLE } from "../model/shape";

import type { Row } from "../row";

const base: Shape = { rate: 50, failures: () => 0.001 };
const HEALTHY = { backAtMost: 0.01 };

const sticky = (share: number): Row => ({
    name: `a client of ${100 * share} % that always fails`,
    shape: () => ({ ...base, client: { share, connection: 60 } }),
    analysis: { deadline: "6m" },
    horizon: 1_050,
    limit: {
        promotedAtLeast: 0.95,
        secondsOf: { row: "healthy, 50 requests/s", factor: 2 },
    },
});

/** A stable pod failed for a minute before the rollout. */
const badMinute =
    (canary: number) =>
    ({ at, version, pod }: Moment) => {
        if (version === CANARY) return canary;
        return pod === 0 && at > -200 && at <= -140 ? 0.5 : 0.001;
    };

/** Ten seconds in which one of four pods fails 30 %, at a time within the first two minutes. */
function burst(draw: Draw, every: number): (moment: Moment) => number {
    const hit = Math.floor(draw.uniform() * 4);
    const begin = 10 + draw.uniform() * Math.min(110, every);
    return ({ at, version, pod }) => {
        const index = pod + (version === STABLE ? 0 : 2);
        const since = every === Number.POSITIVE_INFINITY ? at - begin : (at - begin) % every;
        return at >= begin && since < 10 && index === hit ? 0.3 : 0.001;
    };
}

/** Each burst hits another pod. */
function bursts(draw: Draw, every: number): (moment: Moment) => number {
    const hits = Array.from({ length: 60 }, () => Math.floor(draw.uniform() * 4));
    const begin = draw.uniform() * every;
    return ({ at, version, pod }) => {
        const index = pod + (version === STABLE ? 0 : 2);
        const round = Math.floor((at - begin) / every);
        const isHit = (at - begin) % every < 10 && hits[round] === index;
        return at >= begin && isHit ? 0.3 : 0.001;
    };
}

const unlabelled = (name: string, both: boolean, share: number): Row => ({
    name: `unlabelled failures, ${name}`,
    shape: () => ({
        ...base,
        unlabelled: ({ version }) => (both || version === STABLE ? share : 0),
    }),
    horizon: 700,
    limit: HEALTHY,
});

export const CLUSTERS: readonly Row[] = [
    ...[0.01, 0.02, 0.05].map(sticky),
    {
        name: "bad minute of a stable pod; canary fails all",
        shape: () => ({ ...base, failures: badMinute(1) }),
        horizon: 700,
        limit: { backAtLeast: 0.99, seconds: 25, failed: 120 },
    },
    {
        name: "bad minute of a stable pod; canary fails 5 %",
        shape: () => ({ ...base, failures: badMinute(0.05) }),
        horizon: 700,
        limit: { backAtLeast: 0.95 },
    },
    {
        name: "one burst at one of four pods",
        shape: (draw) => ({
            ...base,
            stablePods: 2,
            failures: burst(draw, Number.POSITIVE_INFINITY),
        }),
        horizon: 600,
        limit: HEALTHY,
    },
    {
        name: "a burst every 60 s at one of four pods",
        shape: (draw) => ({ ...base, stablePods: 2, failures: bursts(draw, 60) }),
        horizon: 700,
        limit: HEALTHY,
    },
    unlabelled("0.3 % of both", true, 0.003),
    unlabelled("0.5 % of both", true, 0.005),
    unlabelled("1 % of both", true, 0.01),
    unlabelled("0.5 % of the stable", false, 0.005),
    {
        name: "unlabelled failures, the canary's pods are gone",
        shape: () => ({ ...base, unlabelled: ({ version }) => (version === CANARY ? 1 : 0) }),
        horizon: 700,
        limit: { backAtLeast: 0.99, seconds: 25 },
    },
];
