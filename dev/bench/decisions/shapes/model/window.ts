// What Prometheus answers: the samples of the last seconds.
import type { Series, Window } from "../../../../../canary/analysis/counts/observation";
import { SLOTS } from "../../../../../rollout/config/slots";
import type { AnalysisCode } from "../revision";
import { type Counter, durationCounters, type Sample } from "./counters";
import { EPOCH, type World } from "./world";

/** Converts series to what the driver's own reader makes of an answer, with its labels and without a second job's. */
export type Read = (series: readonly Series[]) => readonly Series[];

/** @param from second of the oldest sample */
export function windowOf(world: World, from: number, now: number, read: Read): Window {
    const since = EPOCH + from * 1_000;
    const of = (counters: readonly Counter[]) =>
        read(counters.flatMap((counter) => seriesOf(counter, since)));
    const pods = SLOTS.flatMap((slot) => world.pods[slot]);
    return {
        askedAt: EPOCH + now * 1_000,
        requests: of(world.sources.flatMap(({ requests }) => [...requests.values()])),
        durations: world.latency ? of(world.sources.flatMap(durationCounters)) : [],
        received: of(pods.flatMap(({ proxy }) => [...proxy.requests.values()])),
        custom: {},
    };
}

function seriesOf({ labels, samples, second }: Counter, since: number): Series[] {
    const own = recent(samples, since);
    const copy = recent(second, since);
    const instance = labels.instance?.replace(":15020", ":15090");
    return [
        ...(own.length > 0 ? [{ labels: { ...labels, job: "istio-agent" }, samples: own }] : []),
        ...(copy.length > 0
            ? [{ labels: { ...labels, instance: `${instance}`, job: "sidecars" }, samples: copy }]
            : []),
    ];
}

function recent(samples: readonly Sample[], since: number): readonly Sample[] {
    let first = samples.length;
    while (first > 0 && (samples[first - 1]?.[0] ?? 0) >= since) first--;
    return samples.slice(first);
}

/** With one job, the series as they are; the analysis ignores the label `job`. */
export const AS_THEY_ARE: Read = (series) => series;

/** Through the driver's reader, which deduplicates scrape jobs. */
export function deduplicating({ seriesOf: read }: AnalysisCode): Read {
    return (series) => {
        const result = series.map(({ labels, samples }) => ({
            metric: { ...labels },
            values: samples.map(([at, value]): [number, string] => [at / 1_000, String(value)]),
        }));
        return read({ ok: true, data: { resultType: "matrix", result } });
    };
}

/** Drops samples that no window reaches any more. */
export function forget(world: World, before: number): void {
    const since = EPOCH + before * 1_000;
    const proxies = [
        ...world.sources,
        ...SLOTS.flatMap((slot) => world.pods[slot].map(({ proxy }) => proxy)),
    ];
    for (const proxy of proxies) {
        for (const counter of [...proxy.requests.values(), ...durationCounters(proxy)]) {
            counter.samples.splice(
                0,
                counter.samples.length - recent(counter.samples, since).length,
            );
            counter.second.splice(0, counter.second.length - recent(counter.second, since).length);
        }
    }
}
