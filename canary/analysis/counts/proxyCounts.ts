/** Turns counters that the driver read from the proxies itself into counts. Never mixed with Prometheus' counts of the same requests. */
import type { Slot } from "../../../rollout/config/slots";
import type { Arm, Counts } from "../statistics/counts";
import { addArms, addCounts, NO_COUNTS } from "../statistics/counts";

/** One counter of requests, by its labels. */
export interface ProxyCounter {
    /** Which requests it counts; unique in a read. */
    readonly key: string;
    readonly version: Slot;
    readonly failed: boolean;
    readonly value: number;
}

/** One read of one proxy. */
export interface ProxyRead {
    /** `<namespace>/<pod>` */
    readonly proxy: string;
    /** `sent`: a caller's proxy, which counts requests to both versions. `received`: a proxy of one version. */
    readonly side: "sent" | "received";
    /** When the response arrived, milliseconds since the epoch. */
    readonly at: number;
    readonly counters: readonly ProxyCounter[];
}

/** What all proxies counted between two reads of each, about a second apart. */
export interface ProxyReading {
    readonly at: number;
    /** By caller. */
    readonly sent: readonly Counts[];
    /** The same requests as the versions' own proxies counted them, all pods together. */
    readonly received: Counts;
}

/** The last read of each proxy. */
export type LastReads = ReadonlyMap<string, ProxyRead>;

/** A longer gap between two reads does not tell when the requests came, so the proxy gets a new baseline. */
const MAX_GAP_MS = 10_000;

/** The growth since the last reads. A proxy that is seen for the first time, or that restarted, only sets a baseline. */
export function proxyReading(
    last: LastReads,
    reads: readonly ProxyRead[],
    { stable, canary }: { readonly stable: Slot; readonly canary: Slot },
    at: number,
): { readonly reading: ProxyReading; readonly last: LastReads } {
    const next = new Map(last);
    const sent: Counts[] = [];
    let received = NO_COUNTS;
    for (const read of reads) {
        const name = `${read.side} ${read.proxy}`;
        const before = next.get(name);
        next.set(name, read);
        const growth = before === undefined ? undefined : growthOf(before, read);
        if (growth === undefined) continue;
        const counts = { canary: growth[canary], stable: growth[stable] };
        if (read.side === "received") {
            received = addCounts(received, counts);
        } else if (counts.canary.requests + counts.stable.requests > 0) sent.push(counts);
    }
    return { reading: { at, sent, received }, last: next };
}

/** Undefined if a counter fell, or too much time has passed. */
function growthOf(before: ProxyRead, now: ProxyRead): Record<Slot, Arm> | undefined {
    if (now.at - before.at > MAX_GAP_MS) return undefined;
    const values = new Map(before.counters.map(({ key, value }) => [key, value]));
    const growth: Record<Slot, Arm> = { v1: NO_COUNTS.canary, v2: NO_COUNTS.canary };
    for (const { key, version, failed, value } of now.counters) {
        const by = value - (values.get(key) ?? 0);
        if (by < 0) return undefined;
        growth[version] = addArms(growth[version], { requests: by, failed: failed ? by : 0 });
    }
    return growth;
}
