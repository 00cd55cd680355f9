/** When the driver takes a sample: once every source was scraped again, so that agreement counts scrapes and not sources. */
import type { Cursors } from "./observation";

export interface LastSample {
    /** When the last sample was taken, in milliseconds by a clock that never jumps; -Infinity before the first. */
    readonly sampledAt: number;
    /** The callers' proxies that had a new scrape in it. */
    readonly sources: readonly string[];
    /** Milliseconds between two scrapes, as last observed. */
    readonly scrapeMs: number | undefined;
}

/** Of two scrapes of a source, the later one can come a little later than an interval. */
const JITTER = 1.2;

/** The callers' proxies with a new scrape. */
export function newSources(before: Cursors, after: Cursors): string[] {
    return Object.entries(after.requests)
        .filter(([name, at]) => at > (before.requests[name] ?? 0))
        .map(([name]) => name);
}

/**
 * Whether it is time for a sample: every source of the last one was scraped again, or neither `interval` nor the time between two
 * scrapes explains the silence.
 *
 * @param sources with a new scrape since the last sample
 * @param interval milliseconds
 * @param now by the same clock as `sampledAt`
 */
export function isDue(
    { sampledAt, sources: last, scrapeMs = 0 }: LastSample,
    sources: readonly string[],
    interval: number,
    now: number,
): boolean {
    const isComplete = last.length > 0 && last.every((source) => sources.includes(source));
    if (isComplete) return true;
    return now - sampledAt >= Math.max(interval, JITTER * scrapeMs);
}
