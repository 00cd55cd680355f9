/** Turns raw counters into counts since the previous sample. */
import type { Slot } from "../../../rollout/config/slots";
import type { Arm, Counts } from "../statistics/counts";
import { addArms, sumCounts } from "../statistics/counts";
import { customCounts } from "./customCounts";
import { isFailed } from "./failures";
import type { Cursors, Observation, Series, SlowCounts, SourceTimes, Window } from "./observation";
import { bySource, type From, type Growth, growth, type Scrape, wholeScrapes } from "./scrapes";

export interface CountingOptions {
    readonly stable: Slot;
    readonly canary: Slot;
    /** Percentage of requests that the canary gets. */
    readonly weight: number;
    /** When the rollout began, milliseconds since the epoch. A source that first appears later is counted from its beginning. */
    readonly startedAt: number;
    /** Latency bounds, milliseconds. Requests above each are counted. */
    readonly bounds: readonly number[];
}

/** A sidecar without a scrape for this long counts as gone. */
const GONE_MS = 6 * 3_600_000;

/**
 * Counts since the sample that set these cursors, and the cursors for the next sample. The first sample only sets cursors.
 *
 * Each request is counted exactly once, whenever samples are taken and whichever driver continues from the cursors, if each window
 * reaches back to the last counted scrape (`secondsBack`). A longer gap is not counted.
 */
export function observe(
    window: Window,
    cursors: Cursors,
    options: CountingOptions,
): { readonly observation: Observation; readonly cursors: Cursors } {
    const reader = new Reader(cursors, options.startedAt);
    const requests = reader.scrapes("requests", window.requests);
    const durations = reader.scrapes("durations", window.durations);
    const received = reader.scrapes("received", window.received);
    const custom = customCounts(window.custom, cursors.custom);
    const counted = requests.map((scrape) => countsOf(scrape, options));
    const observation: Observation = {
        strata: withoutIdle(counted.map(({ counts }) => counts)),
        slow: options.bounds.map((bound) => slowCounts(durations, bound, options)),
        received: sumCounts(received.map((scrape) => attributedCounts(scrape, options))),
        unattributed: counted.reduce((sum, { unattributed }) => sum + unattributed, 0),
        custom: custom.added,
    };
    const next = { ...reader.next, custom: custom.cursors, polledAt: window.askedAt };
    return { observation, cursors: next };
}

/**
 * Seconds that a window must span to reach back to the last counted scrape, plus `least` for sources that lag. At most `longest`,
 * even if that leaves a gap.
 */
export function secondsBack(
    cursors: Cursors,
    now: number,
    { least, longest }: { readonly least: number; readonly longest: number },
): number {
    const newest = newestScrape(cursors);
    if (newest === undefined) return least;
    const age = Math.max(0, Math.ceil((now - newest) / 1_000));
    return Math.min(longest, age + least);
}

const LISTS = ["requests", "durations", "received"] as const;
type List = (typeof LISTS)[number];

function newestScrape(cursors: Cursors): number | undefined {
    const times = LISTS.flatMap((list) => Object.values(cursors[list]));
    return times.length === 0 ? undefined : Math.max(...times);
}

/** Compares with the newest scrape, not the clock, because after an outage of Prometheus all scrapes are old. */
function withoutGone(times: SourceTimes, newest: number): Record<string, number> {
    return Object.fromEntries(Object.entries(times).filter(([, at]) => newest - at <= GONE_MS));
}

/** A scrape, and the bounds of its source's latency buckets. */
interface CountedScrape extends Scrape {
    readonly bounds: ReadonlySet<number>;
}

/** Reads the scrapes after the cursors and collects the cursors for the next sample. */
class Reader {
    readonly next: Record<List, Record<string, number>>;
    private readonly isFirst: boolean;

    constructor(
        cursors: Cursors,
        private readonly startedAt: number,
    ) {
        this.isFirst = cursors.polledAt === undefined;
        const newest = newestScrape(cursors) ?? 0;
        this.next = {
            requests: withoutGone(cursors.requests, newest),
            durations: withoutGone(cursors.durations, newest),
            received: withoutGone(cursors.received, newest),
        };
    }

    /** Scrapes of a list that were not counted yet. Each list has its own cursors, because one query can miss a scrape that another returns. */
    scrapes(list: List, series: readonly Series[]): CountedScrape[] {
        const cursors = this.next[list];
        return [...bySource(series)].flatMap(([source, own]) => {
            const times = wholeScrapes(own);
            const [begin] = times;
            const end = times.at(-1);
            if (begin === undefined || end === undefined) return [];
            const cursor = cursors[source];
            cursors[source] = Math.max(end, cursor ?? end);
            if (this.isFirst) return [];
            const bounds = new Set(own.map(({ labels }) => boundOf(labels)));
            const scrapes = growth(own, cursor ?? this.startOfNew(begin));
            return scrapes.map((scrape) => ({ ...scrape, bounds }));
        });
    }

    /** A source without a cursor started, or sent its first request to the service, after the previous sample. */
    private startOfNew(begin: number): From {
        return begin > this.startedAt ? "beginning" : begin;
    }
}

/** Requests and failures of one scrape, by version label. */
function attributedCounts(
    { grown }: Scrape,
    { stable, canary }: Pick<CountingOptions, "stable" | "canary">,
): Counts {
    const of = (slot: Slot): Arm => {
        const own = grown.filter(({ labels }) => labels.destination_version === slot);
        return {
            requests: total(own),
            failed: total(own.filter(({ labels }) => isFailed(labels))),
        };
    };
    return { canary: of(canary), stable: of(stable) };
}

/** The same, plus the failures without a version label. */
function countsOf(
    scrape: Scrape,
    options: CountingOptions,
): { readonly counts: Counts; readonly unattributed: number } {
    const attributed = attributedCounts(scrape, options);
    const unattributed = total(
        scrape.grown.filter(({ labels }) => isUnattributed(labels) && isFailed(labels)),
    );
    if (unattributed === 0) return { counts: attributed, unattributed: 0 };
    // Each request was sent to one of the versions. The canary gets as many of these failures as it lacks of its share.
    const all = attributed.canary.requests + attributed.stable.requests + unattributed;
    const shortfall = Math.round((all * options.weight) / 100) - attributed.canary.requests;
    const toCanary = Math.min(unattributed, Math.max(0, shortfall));
    const toStable = unattributed - toCanary;
    return {
        counts: {
            canary: addArms(attributed.canary, { requests: toCanary, failed: toCanary }),
            stable: addArms(attributed.stable, { requests: toStable, failed: toStable }),
        },
        unattributed,
    };
}

/** Istio does not know the version if no pod answered (istio/istio#49842). */
function isUnattributed({ destination_version: version = "" }: Series["labels"]): boolean {
    return version === "" || version === "unknown";
}

/** Bound of a bucket in milliseconds, in any notation: "100", "100.0", "1e+02". NaN for +Inf. */
export function boundOf({ le = "" }: Series["labels"]): number {
    return le === "" ? Number.NaN : Number(le);
}

/** Buckets are cumulative, so the count above a bound is the +Inf bucket minus the bound's bucket. */
function slowCounts(
    scrapes: readonly CountedScrape[],
    bound: number,
    options: CountingOptions,
): SlowCounts {
    const arm = (grown: readonly Growth[], slot: Slot): Arm => {
        const own = grown.filter(({ labels }) => labels.destination_version === slot);
        const requests = total(own.filter(({ labels }) => labels.le === "+Inf"));
        const atMost = total(own.filter(({ labels }) => boundOf(labels) === bound));
        return { requests, failed: Math.max(0, requests - atMost) };
    };
    // A proxy without a bucket for this bound cannot count the requests above it.
    const usable = scrapes.filter(({ bounds }) => bounds.has(bound));
    const strata = usable.map(({ grown }) => ({
        canary: arm(grown, options.canary),
        stable: arm(grown, options.stable),
    }));
    return { bound, strata: withoutIdle(strata) };
}

/** Drops sources without requests. If all are idle, keeps one, to show that there was a scrape. */
function withoutIdle(strata: readonly Counts[]): readonly Counts[] {
    const busy = strata.filter(({ canary, stable }) => canary.requests + stable.requests > 0);
    return busy.length > 0 ? busy : strata.slice(0, 1);
}

function total(grown: readonly Growth[]): number {
    return grown.reduce((sum, { by }) => sum + by, 0);
}
