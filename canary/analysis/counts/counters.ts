/** Turns raw counters into counts since the previous sample. */
import type { Slot } from "../../../rollout/config/slots";
import type { Arm, Counts } from "../statistics/counts";
import { sumCounts } from "../statistics/counts";
import { customCounts } from "./customCounts";
import { type ClientError, clientErrorOf, isFailed } from "./failures";
import type {
    ClientErrorCounts,
    Cursors,
    Observation,
    Series,
    SlowCounts,
    SourceTimes,
    Stratum,
    Window,
} from "./observation";
import { bySource, type Growth, growth, type Scrape, wholeScrapes } from "./scrapes";

export interface CountingOptions {
    readonly stable: Slot;
    readonly canary: Slot;
    /** Latency bounds, milliseconds. Requests above each are counted. */
    readonly bounds: readonly number[];
    /** When callers got the phase's weight, milliseconds since the epoch. Default: every request began after it. */
    readonly routedAt?: number;
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
    const reader = new Reader(cursors);
    const requests = reader.scrapes("requests", window.requests);
    const durations = reader.scrapes("durations", window.durations);
    const received = reader.scrapes("received", window.received);
    const custom = customCounts(window.custom, cursors.custom);
    const canaryPods = requestsByPod(received, options.canary);
    const earlier = durations.reduce((sum, scrape) => sum + earlierRequests(scrape, options), 0);
    const observation: Observation = {
        strata: withoutIdle(requests.map((scrape) => stratumOf(scrape, options))),
        slow: options.bounds.map((bound) => slowCounts(durations, bound, options)),
        received: sumCounts(received.map((scrape) => attributedCounts(scrape, options))),
        ...(canaryPods !== undefined && { canaryPods }),
        ...(earlier > 0 && { earlier }),
        unattributed: requests.reduce((sum, scrape) => sum + unattributedFailures(scrape), 0),
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

    constructor(cursors: Cursors) {
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
            // What a proxy counted before it was first seen can be weeks old.
            const scrapes = growth(own, cursor ?? begin);
            return scrapes.map((scrape) => ({ ...scrape, bounds }));
        });
    }
}

/** Requests and failures of one scrape, by version. */
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

/** The client errors of one scrape; undefined if there are none. */
function clientErrorsOf(
    { grown }: Scrape,
    { stable, canary }: Pick<CountingOptions, "stable" | "canary">,
): ClientErrorCounts | undefined {
    const found: Partial<Record<ClientError, { canary: number; stable: number }>> = {};
    for (const { labels, by } of grown) {
        const kind = clientErrorOf(labels);
        const version = labels.destination_version;
        if (kind === undefined || (version !== canary && version !== stable)) continue;
        found[kind] ??= { canary: 0, stable: 0 };
        found[kind][version === canary ? "canary" : "stable"] += by;
    }
    return Object.keys(found).length === 0 ? undefined : found;
}

function stratumOf(scrape: Scrape, options: CountingOptions): Stratum {
    const clientErrors = clientErrorsOf(scrape, options);
    return {
        ...attributedCounts(scrape, options),
        ...(clientErrors !== undefined && { clientErrors }),
    };
}

/** Failures without a version label. */
function unattributedFailures({ grown }: Scrape): number {
    return total(grown.filter(({ labels }) => isUnattributed(labels) && isFailed(labels)));
}

/** Requests by the pod of the canary that answered them. */
function requestsByPod(
    scrapes: readonly Scrape[],
    canary: Slot,
): Readonly<Record<string, number>> | undefined {
    const pods: Record<string, number> = {};
    for (const { labels, by } of scrapes.flatMap(({ grown }) => grown)) {
        const { destination_version: version, pod, instance } = labels;
        const name = pod ?? instance;
        if (version === canary && name !== undefined) pods[name] = (pods[name] ?? 0) + by;
    }
    return Object.keys(pods).length === 0 ? undefined : pods;
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

/** The stable's requests that may have begun before the phase: they lasted longer than the longest bound within it. */
function earlierRequests({ at, grown, bounds }: CountedScrape, options: CountingOptions): number {
    const { stable, routedAt } = options;
    if (routedAt === undefined) return 0;
    const within = Math.max(0, ...[...bounds].filter((bound) => bound <= at - routedAt));
    const own = grown.filter(({ labels }) => labels.destination_version === stable);
    const requests = total(own.filter(({ labels }) => labels.le === "+Inf"));
    const begun = total(own.filter(({ labels }) => boundOf(labels) === within));
    return Math.max(0, requests - begun);
}

/** Drops sources without requests. If all are idle, keeps one, to show that there was a scrape. */
function withoutIdle<One extends Counts>(strata: readonly One[]): readonly One[] {
    const busy = strata.filter(({ canary, stable }) => canary.requests + stable.requests > 0);
    return busy.length > 0 ? busy : strata.slice(0, 1);
}

function total(grown: readonly Growth[]): number {
    return grown.reduce((sum, { by }) => sum + by, 0);
}
