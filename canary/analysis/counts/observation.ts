/** What a look sees: counts of one scrape, or why there are none. */
import type { Counts } from "../statistics/counts";

/** One series of a range query: labels, and samples with their own times. */
export interface Series {
    readonly labels: Readonly<Record<string, string>>;
    /** Milliseconds since the epoch, and the counter's value then; rising times. */
    readonly samples: readonly (readonly [at: number, value: number])[];
}

/** Raw counters as Prometheus has them. */
export interface Window {
    /** Milliseconds since the epoch, by the driver's clock, when it was asked. */
    readonly askedAt: number;
    /** Series of `istio_requests_total` to the service, reporter source. */
    readonly requests: readonly Series[];
    /** Series of `istio_request_duration_milliseconds_bucket`, the same. */
    readonly durations: readonly Series[];
    /** The same as `requests`, as the versions' own sidecars count; to corroborate. */
    readonly received: readonly Series[];
    /** Values of the user's own metrics, or why there is none. */
    readonly custom: Readonly<Record<string, CustomValue>>;
}

/**
 * A user's metric per version: for a gauge the value, for a counter the count and what it is a share of. In a window a count is
 * what it has come to, in an observation what was added since the look before.
 */
export interface CustomValue {
    readonly canary?: number;
    readonly stable?: number;
    readonly canaryOf?: number;
    readonly stableOf?: number;
    /** Why there is no value; a sentence. */
    readonly problem?: string;
}

/** Why Prometheus gave no answer that a verdict can rest on. */
export type MetricsProblem = "unreachable" | "refused" | "malformed" | "empty" | "stale" | "skewed";

/** The answer to one look, before it is read. */
export type Fetched =
    | { readonly ok: true; readonly window: Window }
    | { readonly ok: false; readonly problem: MetricsProblem; readonly reason: string };

/**
 * How far the counters have been read: per list of series and source (a sidecar) the time of the last scrape that has been
 * counted, per counter of the user's own its last value. Empty before the first look, never after it.
 */
export type Cursors = Readonly<Record<string, number>>;

/** Counts above one bound of duration, by source. */
export interface SlowCounts {
    /** Milliseconds. */
    readonly bound: number;
    readonly strata: readonly Counts[];
}

/** What one look adds: counts since the look before it. */
export interface Observation {
    /** One scrape of one source each. Empty when no source was scraped since the last look; one of zeros when nobody sent. */
    readonly strata: readonly Counts[];
    readonly slow: readonly SlowCounts[];
    /** As the versions' own sidecars count, all pods together. */
    readonly received: Counts;
    /** Failures whose version no label tells: no pod was there to answer. They are in `strata` too, by what each version lacks of its share. */
    readonly unattributed: number;
    readonly custom: Readonly<Record<string, CustomValue>>;
}
