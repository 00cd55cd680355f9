// Versions that are slow, or fail, at first.
import { CANARY, type Moment, type Profile, type Shape } from "../model/shape";

import type { Row } from "../row";

const base: Shape = { rate: 50, failures: () => 0.001 };

/** 5 times slower for 20 s, then decaying linearly until 65 s. */
const linear = ({ age }: Moment) => 1 + 4 * Math.min(1, Math.max(0, (65 - age) / 45));
/** 5 times slower at first, decaying exponentially. */
const exponential = ({ age }: Moment) => 1 + 4 * Math.exp(-age / 20);

const ofCanary =
    (profile: Profile): Profile =>
    (moment) =>
        moment.version === CANARY ? profile(moment) : 1;

/** New pods at each weight. */
const scaled = (weight: number) => Math.max(1, Math.ceil((4 * weight) / 100));

const SLOW = { latency: true, horizon: 600 } as const;
const PROMOTED = { promotedAtLeast: 0.98, backAtMost: 0.01 };

export const WARM_UPS: readonly Row[] = [
    {
        ...SLOW,
        name: "cold start, linear",
        shape: () => ({ ...base, slowness: ofCanary(linear) }),
        limit: PROMOTED,
    },
    {
        ...SLOW,
        name: "cold start, exponential",
        shape: () => ({ ...base, slowness: ofCanary(exponential) }),
        limit: PROMOTED,
    },
    {
        ...SLOW,
        name: "cold start of each new pod",
        shape: () => ({ ...base, slowness: ofCanary(linear), canaryPods: scaled }),
        limit: PROMOTED,
    },
    {
        ...SLOW,
        name: "stays 2x slower",
        shape: () => ({ ...base, slowness: ofCanary(() => 2) }),
        limit: { backAtLeast: 0.99, seconds: 180 },
    },
    {
        name: "2 % errors in a pod's first 30 s",
        shape: () => ({
            ...base,
            failures: ({ version, age }) => (version === CANARY && age < 30 ? 0.02 : 0.001),
        }),
        horizon: 600,
        limit: { backAtMost: 0.01 },
    },
    {
        name: "the same, new pods at each weight",
        shape: () => ({
            ...base,
            failures: ({ version, age }) => (version === CANARY && age < 30 ? 0.02 : 0.001),
            canaryPods: scaled,
        }),
        horizon: 600,
        limit: { backAtMost: 0.01 },
    },
];
