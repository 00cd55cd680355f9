// Faults and bursts after hours in one phase, and budgets over all phases.
import type { Draw } from "../../random";
import { CANARY, type Moment, type Shape } from "../model/shape";

import type { Row } from "../row";

const base: Shape = { rate: 50, failures: () => 0.001 };
const HEALTHY = { backAtMost: 0.01 };

/** Both versions fail for 20 s. */
function sharedBurst(draw: Draw, earliest: number, latest: number, share = 0.3): Shape {
    const begin = earliest + (latest - earliest) * draw.uniform();
    return { ...base, failures: ({ at }) => (at >= begin && at < begin + 20 ? share : 0.001) };
}

const held = (hours: number, share: number): Row => ({
    name: `after ${hours} h in a phase, canary fails ${100 * share} %`,
    shape: () => ({
        ...base,
        failures: ({ at, version }) => (version === CANARY && at > 0 ? share : 0.001),
    }),
    analysis: { probe: false },
    ladder: [50, 100],
    hold: hours * 3_600,
    horizon: 1_000,
    limit: { backAtLeast: 0.99, seconds: share === 1 ? 25 : 60 },
});

export const HOLDS: readonly Row[] = [
    held(4, 1),
    held(4, 0.05),
    held(24, 1),
    {
        name: "objective, shared burst late in a phase",
        shape: (draw) => sharedBurst(draw, 5, 60, 0.1),
        analysis: { probe: false, objective: { errorShare: 0.005 } },
        ladder: [50, 100],
        hold: 600,
        horizon: 150,
        limit: HEALTHY,
    },
    {
        name: "exposureBudget, shared burst",
        shape: (draw) => {
            const begin = 10 + 20 * draw.uniform();
            const isOn = ({ weight, phase }: Moment) =>
                weight === 50 && phase >= begin && phase < begin + 20;
            return { ...base, failures: (moment) => (isOn(moment) ? 0.3 : 0.001) };
        },
        analysis: { exposureBudget: 20 },
        horizon: 700,
        limit: HEALTHY,
    },
];
