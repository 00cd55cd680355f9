/** The result of one poll of Prometheus: raw counters, their counts since the previous sample, or why there are none. */
import type { Counts } from "../statistics/counts";
import type { ClientError } from "./failures";

/** One series of a range query: labels, and samples with their own times. */
export interface Series {
    readonly labels: Readonly<Record<string, string>>;
    /** Time (milliseconds since the epoch) and value of the counter, in ascending order of time. */
    readonly samples: readonly (readonly [at: number, value: number])[];
}

/** Raw counters as Prometheus returns them. */
export interface Window {
    /** When the driver sent the queries: milliseconds since the epoch, by its own clock. */
    readonly askedAt: number;
    /** Series of `istio_requests_total` to the service, reporter source. */
    readonly requests: readonly Series[];
    /** Series of `istio_request_duration_milliseconds_bucket` to the service, reporter source. */
    readonly durations: readonly Series[];
    /** The same requests as counted by the versions' own sidecars, for comparison. */
    readonly received: readonly Series[];
    /** Values of custom metrics, or why one has none. */
    readonly custom: Readonly<Record<string, CustomValue>>;
}

/**
 * A custom metric per version: the value of a gauge, or a counter and the total that it is a share of. In a window a count is the
 * counter's total; in an observation it is the increase since the previous sample.
 */
export interface CustomValue {
    readonly canary?: number;
    readonly stable?: number;
    readonly canaryOf?: number;
    readonly stableOf?: number;
    /** When the values were read, if they are older than the sample: milliseconds since the epoch. */
    readonly at?: number;
    /** Why there is no value; a sentence. */
    readonly problem?: string;
    /** What the source says about the value, or about its absence; a sentence. */
    readonly detail?: string;
}

/** Why Prometheus gave no usable answer. */
export type MetricsProblem = "unreachable" | "refused" | "malformed" | "empty" | "stale" | "skewed";

/** The answer to one poll. */
export type FetchResult =
    | { readonly ok: true; readonly window: Window }
    | { readonly ok: false; readonly problem: MetricsProblem; readonly reason: string };

/** How far the counters have been read. */
export interface Cursors {
    /** When Prometheus was last polled, milliseconds since the epoch; undefined before the first poll. */
    readonly polledAt?: number;
    /** By source (a sidecar): time of the last counted scrape, milliseconds since the epoch. */
    readonly requests: SourceTimes;
    readonly durations: SourceTimes;
    readonly received: SourceTimes;
    /** By custom metric: the last totals of its counters. */
    readonly custom: Readonly<Record<string, CustomCounts>>;
}

export type SourceTimes = Readonly<Record<string, number>>;
export type CustomCounts = Readonly<
    Partial<Record<keyof Omit<CustomValue, "problem" | "at" | "detail">, number>>
>;

export const NO_CURSORS: Cursors = { requests: {}, durations: {}, received: {}, custom: {} };

/** Requests above one latency bound, by source. */
export interface SlowCounts {
    /** Milliseconds. */
    readonly bound: number;
    readonly strata: readonly Counts[];
}

/** One scrape of one source. */
export interface Stratum extends Counts {
    /** Client errors among the requests of each version; kinds without any are left out. */
    readonly clientErrors?: ClientErrorCounts;
}

export type ClientErrorCounts = Readonly<
    Partial<Record<ClientError, { readonly canary: number; readonly stable: number }>>
>;

/** What one sample adds: counts since the previous sample. */
export interface Observation {
    /** One scrape of one source each. Empty if no source was scraped since the previous sample; a single one of zeros if there were no requests. */
    readonly strata: readonly Stratum[];
    readonly slow: readonly SlowCounts[];
    /** As counted by the versions' own sidecars, all pods together. */
    readonly received: Counts;
    /** Requests that each pod of the canary answered; not set if its own sidecars are not scraped. */
    readonly canaryPods?: Readonly<Record<string, number>>;
    /** The stable's requests that may have begun before the phase, such as streams; not set if there are none. */
    readonly earlier?: number;
    /** Failures without a version label, because no pod answered. `strata` does not include them. */
    readonly unattributed: number;
    readonly custom: Readonly<Record<string, CustomValue>>;
}
