/** Raw counters taken apart: by the sidecar that counted, by scrape, and how much each grew from one scrape to the next. */
import type { Series, Window } from "./observation";

/** What one series grew by. */
export interface Growth {
    readonly labels: Series["labels"];
    readonly by: number;
}

/** One scrape of one source: all of its series have the same time. */
export interface Scrape {
    /** Milliseconds since the epoch, by Prometheus. */
    readonly at: number;
    readonly grown: readonly Growth[];
}

/** Where counting starts: after that time, or at a source's beginning when it was not there before. */
export type From = number | "beginning";

/** Labels that tell sources apart, as far as they are there. */
const OF_SOURCE = ["cluster", "namespace", "pod", "instance"];

/** By the sidecar that counted. */
export function bySource(series: readonly Series[]): ReadonlyMap<string, readonly Series[]> {
    const sources = new Map<string, Series[]>();
    for (const one of series) {
        const name = OF_SOURCE.flatMap((label) => one.labels[label] || []).join(" ");
        const known = sources.get(name);
        if (known === undefined) sources.set(name, [one]);
        else known.push(one);
    }
    return sources;
}

/**
 * The times of a source's scrapes that can be counted, rising. Not its last one as long as a series is missing there that the one
 * before has: behind a remote write a scrape's samples can arrive one by one.
 */
export function wholeScrapes(source: readonly Series[]): readonly number[] {
    const sets = source.map(({ samples }) => new Set(samples.map(([at]) => at)));
    const times = [...new Set(sets.flatMap((set) => [...set]))].sort((a, b) => a - b);
    const [before, last] = times.slice(-2);
    if (before === undefined || last === undefined) return times;
    const missing = sets.some((set) => set.has(before) && !set.has(last));
    return missing ? times.slice(0, -1) : times;
}

/**
 * How much the series of one source grew, scrape by scrape.
 *
 * - A counter that fell was reset: its new value counts.
 * - A series that a scrape before did not have counts from 0: Prometheus' own `increase()` leaves out its first value, and a
 *   canary's first failure is one (prometheus/prometheus#3886).
 * - When the samples do not reach back to `from`, what happened in between is not known and not counted.
 */
export function growth(source: readonly Series[], from: From): readonly Scrape[] {
    const times = wholeScrapes(source);
    const [first] = times;
    if (first === undefined) return [];
    const start = from === "beginning" ? Number.NEGATIVE_INFINITY : Math.max(from, first);
    const scrapes = new Map<number, Growth[]>();
    for (const at of times) {
        if (at > start) scrapes.set(at, []);
    }
    for (const { labels, samples } of source) {
        let last = 0;
        for (const [at, value] of samples) {
            const by = value < last ? value : value - last;
            last = value;
            if (by > 0) scrapes.get(at)?.push({ labels, by });
        }
    }
    return [...scrapes].map(([at, grown]) => ({ at, grown }));
}

/** What each source grew by over the whole of its samples, the first scrape left out. */
export function growthOver(series: readonly Series[]): ReadonlyMap<string, readonly Growth[]> {
    const sources = [...bySource(series)].map(([name, source]) => {
        const all = growth(source, Number.NEGATIVE_INFINITY).flatMap(({ grown }) => grown);
        return [name, all] as const;
    });
    return new Map(sources);
}

/** Milliseconds between two scrapes, half of them; undefined as long as no source was scraped twice. */
export function scrapeInterval({ requests, received }: Pick<Window, "requests" | "received">) {
    const gaps: number[] = [];
    for (const source of bySource([...requests, ...received]).values()) {
        const times = wholeScrapes(source);
        times.forEach((at, index) => {
            const before = times[index - 1];
            if (before !== undefined) gaps.push(at - before);
        });
    }
    gaps.sort((a, b) => a - b);
    return gaps[Math.floor((gaps.length - 1) / 2)];
}

/** The time of the newest of all samples; -Infinity without any. */
export function newestSample(series: readonly Series[]): number {
    return series.reduce(
        (newest, { samples }) => Math.max(newest, samples.at(-1)?.[0] ?? newest),
        Number.NEGATIVE_INFINITY,
    );
}
