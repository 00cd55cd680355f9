// Callers of the service: their sidecars' counters, and Prometheus' scrapes of them.
import type { Series, Window } from "../../../canary/analysis/counts/observation";
import type { Luck } from "./luck";

export interface TrafficShape {
    /** Requests per second of all callers. */
    readonly rate: number;
    readonly callers: number;
    readonly scrapeMs: number;
    /** Whether counts are drawn (Poisson) or exactly the mean. */
    readonly isNoisy: boolean;
    /** Failure shares, 0–1. */
    readonly stable: number;
    readonly canary: number;
    /** The canary's failures begin once callers send it this weight. */
    readonly failsFrom: number;
}

type Version = "v1" | "v2";
type Scrape = readonly [at: number, value: number];

interface Counter {
    readonly labels: Readonly<Record<string, string>>;
    value: number;
    readonly samples: Scrape[];
}

/** Samples older than this are deleted; the driver asks for at most one hour. */
const RETENTION = 1_000;

/** All times are milliseconds since the simulation began. */
export class Callers {
    /** The canary's weight in the callers' sidecars. */
    weight = 0;
    /** Whether the canary fails from now on, at any weight. */
    isFailing = false;
    /** Requests since the beginning, by version. */
    readonly sent = { v1: 0, v2: 0 };
    isScraped = true;
    private readonly counters = new Map<string, Counter>();
    private readonly offsets: readonly number[];
    private readonly scrapedAt: number[];
    private counted: number;

    constructor(
        private readonly shape: TrafficShape,
        private readonly luck: Luck,
        /** Negative: before the simulation. */
        begin: number,
    ) {
        const { callers, scrapeMs } = shape;
        this.counted = begin;
        this.offsets = Array.from({ length: callers }, () => luck.integer(0, scrapeMs - 1));
        this.scrapedAt = this.offsets.map((offset) => begin + offset);
    }

    /** Counts all requests up to `time`, with the scrapes in between. */
    pass(time: number): void {
        for (;;) {
            const [next, caller] = this.nextScrape();
            if (next > time) break;
            this.count(next);
            this.scrapedAt[caller] = next;
            if (this.isScraped) this.scrape(caller, next);
        }
        this.count(time);
    }

    setWeight(weight: number, time: number): void {
        this.pass(time);
        this.weight = weight;
        if (weight >= this.shape.failsFrom) this.isFailing = true;
    }

    /** @param delay by which Prometheus' answers lag behind its scrapes. */
    window(from: number, to: number, delay: number, epoch: number): Window {
        this.pass(to);
        const requests = [...this.counters.values()].flatMap(({ labels, samples }): Series[] => {
            const seen = samples.slice(
                samples.findLastIndex(([at]) => at < from) + 1,
                samples.findLastIndex(([at]) => at <= to - delay) + 1,
            );
            return seen.length === 0
                ? []
                : [{ labels, samples: seen.map(([at, value]) => [epoch + at, value] as const) }];
        });
        return { askedAt: epoch + to, requests, durations: [], received: [], custom: {} };
    }

    private nextScrape(): [number, number] {
        let [first, caller] = [Number.POSITIVE_INFINITY, 0];
        for (const [index, last] of this.scrapedAt.entries()) {
            const next = last + this.shape.scrapeMs;
            if (next < first) [first, caller] = [next, index];
        }
        return [first, caller];
    }

    private count(time: number): void {
        const { rate, callers, stable, canary } = this.shape;
        const requests = (rate * (time - this.counted)) / 1_000 / callers;
        this.counted = time;
        if (requests <= 0) return;
        for (let caller = 0; caller < callers; caller++) {
            const toCanary = (requests * this.weight) / 100;
            this.add(caller, "v1", requests - toCanary, stable);
            this.add(caller, "v2", toCanary, this.isFailing ? canary : stable);
        }
    }

    private add(caller: number, version: Version, requests: number, failing: number): void {
        this.grow(caller, version, "200", requests * (1 - failing));
        this.grow(caller, version, "503", requests * failing);
    }

    private grow(caller: number, version: Version, code: string, mean: number): void {
        const by = this.shape.isNoisy ? this.luck.poisson(mean) : mean;
        if (by <= 0) return;
        const key = `${caller} ${version} ${code}`;
        let counter = this.counters.get(key);
        if (counter === undefined) {
            const labels = {
                instance: `10.0.0.${caller}:15090`,
                pod: `caller-${caller}`,
                destination_version: version,
                response_code: code,
            };
            counter = { labels, value: 0, samples: [] };
            this.counters.set(key, counter);
        }
        counter.value += by;
        this.sent[version] += by;
    }

    private scrape(caller: number, at: number): void {
        for (const [key, { value, samples }] of this.counters) {
            if (!key.startsWith(`${caller} `)) continue;
            samples.push([at, Math.floor(value)]);
            if (samples.length > RETENTION) samples.shift();
        }
    }
}
