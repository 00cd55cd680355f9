// Canaries that are bad: client errors, slowness, and controls of every size.
import { CANARY, type Shape } from "../model/shape";

import type { Row } from "../row";

const base: Shape = { rate: 50, failures: () => 0.001 };
const slower = (factor: number): Shape => ({
    ...base,
    slowness: ({ version }) => (version === CANARY ? factor : 1),
});

const answering = (code: string, share: number, limit: Row["limit"]): Row => ({
    name: `canary answers ${code} to ${share === 1 ? "all" : `${100 * share} %`}`,
    shape: () => ({ ...base, code, failures: ({ version }) => (version === CANARY ? share : 0) }),
    horizon: 600,
    limit,
});

const slowAtLast = (name: string, analysis: Row["analysis"]): Row => ({
    name: `canary 100x slower ${name}`,
    shape: () => ({
        ...base,
        slowness: ({ version, baking }) => (version === CANARY && baking >= 30 ? 100 : 1),
    }),
    analysis: { bake: "2m", ...analysis },
    latency: true,
    horizon: 500,
    limit: { backAtLeast: 0.99 },
});

const control = (rate: number, share: number): Row => ({
    name: `canary fails ${100 * share} %, ${rate} requests/s`,
    shape: () => ({ rate, failures: ({ version }) => (version === CANARY ? share : 0.001) }),
    horizon: 900,
    limit: { noWorse: true },
});

export const FAULTS: readonly Row[] = [
    answering("404", 1, { backAtLeast: 0.99, seconds: 25 }),
    answering("401", 0.3, { backAtLeast: 0.99, seconds: 45 }),
    slowAtLast("at 100 %", { holdback: 0 }),
    slowAtLast("in the bake", {}),
    {
        name: "canary 1.5x slower",
        shape: () => slower(1.5),
        latency: true,
        horizon: 900,
        limit: { backAtLeast: 0.95 },
    },
    {
        name: "canary 2x slower",
        shape: () => slower(2),
        latency: true,
        horizon: 900,
        limit: { backAtLeast: 0.99 },
    },
    ...[5, 50, 500].flatMap((rate) =>
        [0.01, 0.02, 0.05, 0.2, 1].map((share) => control(rate, share)),
    ),
];
