/** Splits raw counters by sidecar and by scrape, and computes their growth between scrapes. */
import type { Series, Window } from "./observation";

/** Growth of one series. */
export interface Growth {
    readonly labels: Series["labels"];
    readonly by: number;
}

/** One scrape of one source: all of its series have the same time. */
export interface Scrape {
    /** Milliseconds since the epoch, by Prometheus' clock. */
    readonly at: number;
    readonly grown: readonly Growth[];
}

/** A proxy, whichever job or port it is scraped by: its pod, or its address. */
export function sourceOf({ cluster, namespace, pod, instance = "" }: Series["labels"]): string {
    const proxy = pod ?? instance.replace(/:\d+$/, "");
    return [cluster, namespace, proxy].filter((part) => part).join(" ");
}

/** Series by the proxy that counted them. */
export function bySource(series: readonly Series[]): ReadonlyMap<string, readonly Series[]> {
    const sources = new Map<string, Series[]>();
    for (const one of series) {
        const name = sourceOf(one.labels);
        const known = sources.get(name);
        if (known === undefined) sources.set(name, [one]);
        else known.push(one);
    }
    return sources;
}

/**
 * Times of a source's complete scrapes, ascending. The last scrape is incomplete while it lacks a series that the previous one has:
 * with remote write, the samples of a scrape can arrive one by one.
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
 * Growth of one source's series, scrape by scrape.
 *
 * - A counter that fell was reset: its new value counts.
 * - A series that the previous scrape did not have counts from 0. Prometheus' `increase()` leaves out the first value, which can be
 *   the canary's first failure (prometheus/prometheus#3886).
 * - If the samples do not reach back to `from`, the growth in between is unknown and not counted.
 */
export function growth(source: readonly Series[], from: number): readonly Scrape[] {
    const times = wholeScrapes(source);
    const [first] = times;
    if (first === undefined) return [];
    const start = Math.max(from, first);
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

/** Growth of each source over all of its samples after the first scrape. */
export function growthOver(series: readonly Series[]): ReadonlyMap<string, readonly Growth[]> {
    const sources = [...bySource(series)].map(([name, source]) => {
        const all = growth(source, Number.NEGATIVE_INFINITY).flatMap(({ grown }) => grown);
        return [name, all] as const;
    });
    return new Map(sources);
}

/** Median time between two scrapes, milliseconds; undefined until a source was scraped twice. */
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

/** Time of the newest sample; -Infinity without samples. */
export function newestSample(series: readonly Series[]): number {
    return series.reduce(
        (newest, { samples }) => Math.max(newest, samples.at(-1)?.[0] ?? newest),
        Number.NEGATIVE_INFINITY,
    );
}
