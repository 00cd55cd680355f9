// When the simulated driver samples: the rules of canary/driver/loop/sample.ts, in the one place to change if they change.
import type { AnalysisCode } from "./revision";

/** Delay after which queries include a new scrape, seconds. */
const INGEST = 0.25;
/** How often the driver polls once a scrape is due, seconds. */
const POLL = 1;

/** All times in seconds. */
export interface Polling {
    sampledAt: number;
    /** Sources with a new scrape in the last sample. */
    sources: readonly number[];
    /** By source: the last counted scrape. */
    counted: number[];
}

/**
 * Asks the revision, if it has canary/analysis/counts/due.ts.
 * @param fresh sources with a scrape that is not counted yet
 */
export function isSampleDue(
    { isDue }: AnalysisCode,
    { sampledAt, sources }: Polling,
    fresh: readonly number[],
    now: number,
    interval: number,
    scrape: number,
): boolean {
    if (sampledAt === Number.NEGATIVE_INFINITY) return true;
    if (isDue !== undefined) {
        const last = {
            sampledAt: 1_000 * sampledAt,
            sources: sources.map(String),
            scrapeMs: 1_000 * scrape,
        };
        return isDue(last, fresh.map(String), 1_000 * interval, 1_000 * now);
    }
    if (now - sampledAt >= interval) return true;
    return fresh.length > 0 && sources.every((source) => fresh.includes(source));
}

/** The next poll after one at `now`. */
export function nextPollAt(
    { sampledAt, sources, counted }: Polling,
    now: number,
    interval: number,
    scrape: number,
): number {
    const newest = Math.max(...sources.map((source) => counted[source] ?? 0));
    const expected =
        sources.length === 0 ? sampledAt : Math.min(sampledAt + interval, newest + scrape + INGEST);
    return Math.max(now + Math.min(POLL, interval), expected);
}
