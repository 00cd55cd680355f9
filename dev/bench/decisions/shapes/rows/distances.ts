// Faults whose detection is compared with the best possible.
import { CANARY } from "../model/shape";
import type { Fault } from "../oracle";
import type { Limit, Row } from "../row";

interface Distance extends Fault {
    /** Most failed requests, as a multiple of the oracle's. */
    readonly factor?: number;
    readonly limit?: Limit;
}

const PAIRS: readonly Distance[] = [
    { p0: 0.001, p1: 0.01, factor: 2 },
    { p0: 0.01, p1: 0.02, factor: 2 },
    { p0: 0.001, p1: 0.05 },
    { p0: 0, p1: 1, factor: 2 },
    { p0: 0.001, p1: 0.005, limit: { backAtLeast: 0.99 } },
];

const ALL = [50, 500].flatMap((rate) =>
    PAIRS.map((pair) => ({
        ...pair,
        name: `${100 * pair.p0} → ${100 * pair.p1} %, ${rate} requests/s`,
        rate,
    })),
);

export const DISTANCES: readonly Row[] = ALL.map(({ name, rate, p0, p1, limit = {} }) => ({
    name,
    shape: () => ({ rate, failures: ({ version }) => (version === CANARY ? p1 : p0) }),
    analysis: { bake: "10m" },
    horizon: 1_200,
    limit,
}));

/** By row: the shares that the oracle knows, and the limit. */
export const FAULTS_OF: ReadonlyMap<string, Distance> = new Map(ALL.map((one) => [one.name, one]));
