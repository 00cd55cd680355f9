// The true model of a shape of traffic: who sends requests, and which of them fail or are slow.
import type { Slot } from "../../../../../rollout/config/slots";

/** One pod at one time. */
export interface Moment {
    /** Seconds since the rollout's first weight; negative in the baseline. With a long hold, since the end of the hold. */
    readonly at: number;
    readonly version: Slot;
    readonly pod: number;
    /** Seconds since the pod's first request. */
    readonly age: number;
    readonly weight: number;
    /** Seconds since the canary first got at least 90 %; negative before. */
    readonly baking: number;
    /** Seconds since the weight was written last. */
    readonly phase: number;
}

export type Profile = (moment: Moment) => number;

export interface Shape {
    /** Requests per second to both versions. */
    readonly rate: number;
    /** Callers' sidecars. Default: 2. */
    readonly sources?: number;
    /** Seconds between scrapes. Default: 5. */
    readonly scrape?: number;
    readonly stablePods?: number;
    /** At each weight. Default: always 2. */
    readonly canaryPods?: (weight: number) => number;
    /** Share of requests that fail. */
    readonly failures: Profile;
    /** Response code of those. Default: 500. */
    readonly code?: string;
    /** Factor of all durations. Default: 1. */
    readonly slowness?: Profile;
    /** Share of requests that end as 504 after 15 to 30 s. */
    readonly timeouts?: Profile;
    /** Share of requests that the caller's sidecar fails with 503 before it chooses a pod, so that the version is unknown. */
    readonly unlabelled?: Profile;
    /** A client whose requests all fail, and which stays with a pod while its connection lasts. */
    readonly client?: { readonly share: number; readonly connection: number };
    /** A sidecar that Prometheus sees for the first time at this second, with the counters of weeks. */
    readonly latecomer?: { readonly at: number; readonly canaryFailed: number };
    /** The first caller is scraped by two jobs; the first of them pauses between these seconds. */
    readonly pausedJob?: { readonly from: number; readonly to: number };
}

export const DEFAULTS = { sources: 2, scrape: 5, stablePods: 3, canaryPods: () => 2 } as const;

export const STABLE = "v1";
export const CANARY = "v2";
