/** What one look sees: raw counters and how far they were read before, into counts since then. */
import type { Slot } from "../../../rollout/config/topics/roles";
import type { Arm, Counts } from "../statistics/counts";
import { customCounts } from "./customCounts";
import { isFailed } from "./failures";
import type { Cursors, Observation, Series, SlowCounts, Window } from "./observation";
import { bySource, type From, type Growth, growth, type Scrape, wholeScrapes } from "./scrapes";

export interface About {
    readonly stable: Slot;
    readonly canary: Slot;
    /** Percentage of requests that the canary gets. */
    readonly weight: number;
    /** Of the rollout, milliseconds since the epoch. A source that is first seen later counts from its beginning. */
    readonly startedAt: number;
    /** Bounds of duration to count above, milliseconds. */
    readonly bounds: readonly number[];
}

/** A sidecar that was scraped so long before the others does not come back: its pod is gone, and records need not name it. */
const GONE_MS = 6 * 3_600_000;

/** A cursor of no source: that there was a look before, even if it found nobody. */
const LOOKED = "looked";

const NOBODY: Counts = { canary: { requests: 0, failed: 0 }, stable: { requests: 0, failed: 0 } };

/**
 * Counts since the look that left these cursors, and the cursors for the next one. The first look only sets cursors.
 *
 * Nothing is counted twice or lost, wherever looks fall and whoever goes on from the cursors, as long as each window reaches back
 * to the scrape that was counted last (`secondsBack`). Where it does not, that gap is left out.
 */
export function observe(
    window: Window,
    cursors: Cursors,
    about: About,
): { readonly observation: Observation; readonly cursors: Cursors } {
    const read = new Reading(withoutGone(cursors), about.startedAt);
    const requests = read.scrapes("requests", window.requests);
    const durations = read.scrapes("durations", window.durations);
    const received = read.scrapes("received", window.received);
    const custom = customCounts(window.custom, cursors);
    const seen = requests.map((scrape) => countsOf(scrape, about));
    const observation: Observation = {
        strata: withoutIdle(seen.map(({ counts }) => counts)),
        slow: about.bounds.map((bound) => slowCounts(durations, bound, about)),
        received: sumOf(received.map((scrape) => toldOf(scrape, about))),
        unattributed: seen.reduce((sum, { unattributed }) => sum + unattributed, 0),
        custom: custom.added,
    };
    const next = { ...read.next, ...custom.cursors, [LOOKED]: window.askedAt };
    return { observation, cursors: next };
}

/**
 * How many seconds a window must span to reach back to what was counted last, and `least` more, by which sources may lag.
 * Never more than `longest`, whatever that leaves out.
 */
export function secondsBack(
    cursors: Cursors,
    now: number,
    { least, longest }: { readonly least: number; readonly longest: number },
): number {
    const counted = Object.entries(cursors)
        .filter(([name]) => isOfSource(name))
        .map(([, at]) => at);
    if (counted.length === 0) return least;
    const age = Math.max(0, Math.ceil((now - Math.max(...counted)) / 1_000));
    return Math.min(longest, age + least);
}

const LISTS = ["requests", "durations", "received"] as const;

function isOfSource(name: string): boolean {
    return LISTS.some((list) => name.startsWith(`${list} `));
}

/** By the newest of them, not by the clock: after an outage of Prometheus' all are old. */
function withoutGone(cursors: Cursors): Cursors {
    const all = Object.entries(cursors);
    const newest = Math.max(...all.filter(([name]) => isOfSource(name)).map(([, at]) => at));
    return Object.fromEntries(
        all.filter(([name, at]) => !isOfSource(name) || newest - at <= GONE_MS),
    );
}

/** A scrape, and the bounds that the source's buckets have. */
interface CountedScrape extends Scrape {
    readonly bounds: ReadonlySet<number>;
}

/** Reads on from cursors, and keeps those for the next look. */
class Reading {
    readonly next: Record<string, number>;
    private readonly first: boolean;

    constructor(
        private readonly cursors: Cursors,
        private readonly startedAt: number,
    ) {
        this.first = Object.keys(cursors).length === 0;
        this.next = { ...cursors };
    }

    /** The scrapes of a list that have not been counted yet. Each list goes by itself: its query may miss a scrape that another saw. */
    scrapes(list: (typeof LISTS)[number], series: readonly Series[]): CountedScrape[] {
        return [...bySource(series)].flatMap(([source, own]) => {
            const name = `${list} ${source}`;
            const times = wholeScrapes(own);
            const [begin] = times;
            const end = times.at(-1);
            if (begin === undefined || end === undefined) return [];
            const cursor = this.cursors[name];
            this.next[name] = Math.max(end, cursor ?? end);
            if (this.first) return [];
            const bounds = new Set(own.map(({ labels }) => boundOf(labels)));
            const scrapes = growth(own, cursor ?? this.fromOfNew(begin));
            return scrapes.map((scrape) => ({ ...scrape, bounds }));
        });
    }

    /** A source that no look has seen began after the last one, or sent its first request to the service then. */
    private fromOfNew(begin: number): From {
        return begin > this.startedAt ? "beginning" : begin;
    }
}

/** Requests and failures of one scrape, by the version that their labels tell. */
function toldOf({ grown }: Scrape, { stable, canary }: Pick<About, "stable" | "canary">): Counts {
    const of = (slot: Slot): Arm => {
        const own = grown.filter(({ labels }) => labels.destination_version === slot);
        return {
            requests: total(own),
            failed: total(own.filter(({ labels }) => isFailed(labels))),
        };
    };
    return { canary: of(canary), stable: of(stable) };
}

/** The same, with the failures whose version no label tells. */
function countsOf(
    scrape: Scrape,
    about: About,
): { readonly counts: Counts; readonly unattributed: number } {
    const told = toldOf(scrape, about);
    const nobodys = total(
        scrape.grown.filter(({ labels }) => isNobodys(labels) && isFailed(labels)),
    );
    if (nobodys === 0) return { counts: told, unattributed: 0 };
    // Each request was sent to one of the two: failures without a version are the canary's as far as it lacks of its share.
    const all = told.canary.requests + told.stable.requests + nobodys;
    const lacks = Math.round((all * about.weight) / 100) - told.canary.requests;
    const canarys = Math.min(nobodys, Math.max(0, lacks));
    return {
        counts: {
            canary: plus(told.canary, { requests: canarys, failed: canarys }),
            stable: plus(told.stable, { requests: nobodys - canarys, failed: nobodys - canarys }),
        },
        unattributed: nobodys,
    };
}

/** Istio cannot tell the version of what no pod has answered (istio/istio#49842). */
function isNobodys({ destination_version: version = "" }: Series["labels"]): boolean {
    return version === "" || version === "unknown";
}

/** The bound of a bucket in milliseconds, however it is written: "100", "100.0", "1e+02". NaN for +Inf. */
export function boundOf({ le = "" }: Series["labels"]): number {
    return le === "" ? Number.NaN : Number(le);
}

/** Buckets count all that took no longer, so that what is above one is the last less that one. */
function slowCounts(scrapes: readonly CountedScrape[], bound: number, about: About): SlowCounts {
    const arm = (grown: readonly Growth[], slot: Slot): Arm => {
        const own = grown.filter(({ labels }) => labels.destination_version === slot);
        const requests = total(own.filter(({ labels }) => labels.le === "+Inf"));
        const atMost = total(own.filter(({ labels }) => boundOf(labels) === bound));
        return { requests, failed: Math.max(0, requests - atMost) };
    };
    // A proxy whose buckets have no such bound cannot tell.
    const telling = scrapes.filter(({ bounds }) => bounds.has(bound));
    const strata = telling.map(({ grown }) => ({
        canary: arm(grown, about.canary),
        stable: arm(grown, about.stable),
    }));
    return { bound, strata: withoutIdle(strata) };
}

/** Sources that sent nothing say nothing; if none has, one of them stays, to tell that they were scraped. */
function withoutIdle(strata: readonly Counts[]): readonly Counts[] {
    const busy = strata.filter(({ canary, stable }) => canary.requests + stable.requests > 0);
    return busy.length > 0 ? busy : strata.slice(0, 1);
}

function sumOf(strata: readonly Counts[]): Counts {
    return strata.reduce(
        (sum, { canary, stable }) => ({
            canary: plus(sum.canary, canary),
            stable: plus(sum.stable, stable),
        }),
        NOBODY,
    );
}

function plus(a: Arm, b: Arm): Arm {
    return { requests: a.requests + b.requests, failed: a.failed + b.failed };
}

function total(grown: readonly Growth[]): number {
    return grown.reduce((sum, { by }) => sum + by, 0);
}
