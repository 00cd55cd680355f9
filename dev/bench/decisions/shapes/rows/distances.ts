// Faults whose detection is compared with the best possible.
import { CANARY } from "../model/shape";
import type { Fault } from "../oracle";
import type { Row } from "../row";

export interface Distance extends Fault {
    /** Most failed requests, as a multiple of the oracle's: of the analysis, and of the same without its protections. */
    readonly factor: number;
    readonly bareFactor: number;
    /** Least share that the analysis without its protections detects. Default: 0. */
    readonly bareSeen?: number;
}

const PAIRS: readonly Distance[] = [
    { p0: 0.001, p1: 0.01, factor: 5, bareFactor: 2.1 },
    { p0: 0.01, p1: 0.02, factor: 4, bareFactor: 2.1 },
    { p0: 0.001, p1: 0.05, factor: 6, bareFactor: 2.1 },
    { p0: 0, p1: 1, factor: 2, bareFactor: 2.1 },
    { p0: 0.001, p1: 0.005, factor: 7, bareFactor: 7, bareSeen: 0.95 },
];

const ALL = [50, 500].flatMap((rate) =>
    PAIRS.map((pair) => ({
        ...pair,
        name: `${100 * pair.p0} → ${100 * pair.p1} %, ${rate} requests/s`,
        rate,
    })),
);

export const DISTANCES: readonly Row[] = ALL.map(({ name, rate, p0, p1 }) => ({
    name,
    shape: () => ({ rate, failures: ({ version }) => (version === CANARY ? p1 : p0) }),
    analysis: { bake: "10m" },
    horizon: 1_200,
    limit: {},
}));

/** The shares that the oracle knows, and the limits. */
export function distanceOf(row: string): Distance {
    const found = ALL.find(({ name }) => name === row);
    if (found === undefined) throw new Error(`Row: expected a fault's name, got "${row}".`);
    return found;
}
