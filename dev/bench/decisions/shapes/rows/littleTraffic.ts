// Healthy canaries, most of them with little traffic: time never condemns them.
import type { Row } from "../row";

const healthy = (rate: number, horizon: number): Row => ({
    name: `healthy, ${rate} requests/s`,
    shape: () => ({ rate, failures: () => 0.001 }),
    analysis: rate < 5 ? { deadline: "6m" } : {},
    horizon,
    limit: rate < 5 ? { backAtMost: 0.01 } : { backAtMost: 0.01, promotedAtLeast: 0.99 },
});

export const LITTLE_TRAFFIC: readonly Row[] = [
    healthy(50, 600),
    healthy(0.02, 900),
    healthy(0.2, 900),
    healthy(1, 1_200),
    {
        ...healthy(1, 900),
        name: "healthy, 1 request/s, ladder from 1 %",
        ladder: [1, 10, 50, 100],
    },
];
