// Raw counters as proxies keep them, and their samples as Prometheus keeps them.
import type { Slot } from "../../../../../rollout/config/slots";
import type { Draw } from "../../random";
import { addDurations, BUCKETS } from "./durations";

export type Sample = readonly [at: number, value: number];

export interface Counter {
    readonly labels: Readonly<Record<string, string>>;
    value: number;
    samples: Sample[];
    /** Of the second scrape job, if there is one. */
    readonly second: Sample[];
}

/** Duration buckets of one version and response code. */
export interface Durations {
    readonly counts: Float64Array;
    readonly series: readonly Counter[];
    /** Requests since the last scrape, by slowness. Their durations are drawn when the proxy is scraped. */
    readonly waiting: Map<number, number>;
}

/** One sidecar. */
export interface Sidecar {
    readonly labels: Readonly<Record<string, string>>;
    /** Seconds after a multiple of the scrape interval. */
    readonly offset: number;
    readonly requests: Map<string, Counter>;
    readonly durations: Map<string, Durations>;
    /** Seconds of the last scrape and of the one before; -Infinity without. */
    scraped: number;
}

export function newSidecar(
    namespace: string,
    pod: string,
    address: string,
    offset: number,
): Sidecar {
    const labels = { namespace, pod, instance: `${address}:15020` };
    return {
        labels,
        offset,
        requests: new Map(),
        durations: new Map(),
        scraped: Number.NEGATIVE_INFINITY,
    };
}

/** @param version a slot, or "unknown" */
export function addRequests(
    proxy: Sidecar,
    version: Slot | "unknown",
    code: string,
    requests: number,
): void {
    if (requests === 0) return;
    const key = `${version} ${code}`;
    let counter = proxy.requests.get(key);
    if (counter === undefined) {
        counter = newCounter({
            ...proxy.labels,
            destination_version: version,
            response_code: code,
        });
        proxy.requests.set(key, counter);
    }
    counter.value += requests;
}

function newCounter(labels: Counter["labels"]): Counter {
    return { labels, value: 0, samples: [], second: [] };
}

export function durationsOf(proxy: Sidecar, version: Slot | "unknown", code: string): Durations {
    const key = `${version} ${code}`;
    const known = proxy.durations.get(key);
    if (known !== undefined) return known;
    const labels = { ...proxy.labels, destination_version: version, response_code: code };
    const created: Durations = {
        counts: new Float64Array(BUCKETS.length + 1),
        series: [...BUCKETS.map(String), "+Inf"].map((le) => newCounter({ ...labels, le })),
        waiting: new Map(),
    };
    proxy.durations.set(key, created);
    return created;
}

export function addWaiting(durations: Durations, requests: number, slowness: number): void {
    if (requests === 0) return;
    durations.waiting.set(slowness, (durations.waiting.get(slowness) ?? 0) + requests);
}

/** Draws the durations since the last scrape. */
export function settleDurations(proxy: Sidecar, draw: Draw): void {
    for (const { counts, series, waiting } of proxy.durations.values()) {
        for (const [slowness, requests] of waiting) addDurations(counts, requests, slowness, draw);
        waiting.clear();
        series.forEach((counter, j) => {
            counter.value = counts[j] ?? 0;
        });
    }
}

export function countersOf(proxy: Sidecar): Counter[] {
    return [...proxy.requests.values(), ...durationCounters(proxy)];
}

export function durationCounters(proxy: Sidecar): Counter[] {
    return [...proxy.durations.values()].flatMap(({ series }) => series);
}
