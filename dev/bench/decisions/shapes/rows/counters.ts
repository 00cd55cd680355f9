// Counters that begin, pause or come late, and scrapes that are slower than the driver's interval.
import { CANARY, type Shape } from "../model/shape";

import type { Row } from "../row";

const base: Shape = { rate: 50, failures: () => 0.001 };
const HEALTHY = { backAtMost: 0.01, promotedAtLeast: 0.98 };
const FAILS = ({ version }: { version: string }) => (version === CANARY ? 0.05 : 0.001);

export const COUNTERS: readonly Row[] = [
    {
        name: "a proxy with a bad past appears",
        shape: () => ({ ...base, latecomer: { at: 45, canaryFailed: 0.04 } }),
        analysis: { exposureBudget: 500 },
        horizon: 600,
        limit: HEALTHY,
    },
    {
        name: "a proxy with a good past appears; canary fails 5 %",
        shape: () => ({ ...base, failures: FAILS, latecomer: { at: 15, canaryFailed: 0 } }),
        horizon: 600,
        limit: { backAtLeast: 0.99, seconds: 60 },
    },
    {
        name: "two scrape jobs, one pauses",
        shape: () => ({ ...base, pausedJob: { from: 50, to: 200 } }),
        horizon: 600,
        limit: HEALTHY,
    },
    {
        name: "two scrape jobs, one pauses; canary fails 1 %",
        shape: () => ({
            ...base,
            failures: ({ version }) => (version === CANARY ? 0.01 : 0.001),
            pausedJob: { from: 10, to: 400 },
        }),
        horizon: 900,
        limit: {
            backAtLeast: 0.99,
            failedOf: { row: "canary fails 1 %, 50 requests/s", factor: 1.5 },
        },
    },
    {
        name: "scrapes of 15 s, three callers, canary fails for 2 s",
        shape: (draw) => {
            const begin = 10 + 100 * draw.uniform();
            return {
                ...base,
                scrape: 15,
                sources: 3,
                failures: ({ at, version }) =>
                    version === CANARY && at >= begin && at < begin + 2 ? 1 : 0.001,
            };
        },
        horizon: 900,
        limit: { backAtMost: 0.01 },
    },
];
