/** The port of metric sources: a file beside this one implements it for each provider. */
import type { Place } from "./placeholders";

/** What a source says about one version. */
export type Reading =
    /** `of` is a counter's total. Without `value`, the source answers, but has no data for the version. */
    | { readonly value?: number; readonly of?: number; readonly problem?: undefined }
    /** Why there is no answer, without secrets; and when to ask again, if the source says so: milliseconds from now. */
    | { readonly problem: string; readonly retryAfter?: number };

/** Reads one metric for one version. Never rejects: a problem is a result. */
export type Read = (place: Place, signal?: AbortSignal) => Promise<Reading>;

/** The mean of a series' points; no value without any. */
export function meanReading(points: readonly number[]): Reading {
    if (points.length === 0) return {};
    return { value: points.reduce((sum, value) => sum + value, 0) / points.length };
}
