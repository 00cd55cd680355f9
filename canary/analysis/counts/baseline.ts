/** What a rollout takes from the stable before it begins: its durations, how its pods differ, and how much traffic there is. */
import type { Slot } from "../../../rollout/config/topics/roles";
import type { Arm } from "../statistics/counts";
import { boundOf } from "./counters";
import { isFailed } from "./failures";
import type { Window } from "./observation";
import { growthOver } from "./scrapes";

/** A version's durations over a window, without the +Inf bucket, which is `requests`. */
export interface DurationHistogram {
    readonly requests: number;
    /** Bounds in milliseconds, rising; `atMost` is cumulative. */
    readonly buckets: readonly { readonly bound: number; readonly atMost: number }[];
}

/** Durations of a version's requests in a window, as all callers saw them. */
export function durationHistogram(
    { durations }: Pick<Window, "durations">,
    version: Slot,
): DurationHistogram {
    const own = durations.filter(({ labels }) => labels.destination_version === version);
    let requests = 0;
    // A bucket that nobody was in is one all the same.
    const buckets = new Map<number, number>(
        own.flatMap(({ labels }) => {
            const bound = boundOf(labels);
            return Number.isFinite(bound) ? [[bound, 0]] : [];
        }),
    );
    for (const grown of growthOver(own).values()) {
        for (const { labels, by } of grown) {
            const bound = boundOf(labels);
            if (labels.le === "+Inf") requests += by;
            else buckets.set(bound, (buckets.get(bound) ?? 0) + by);
        }
    }
    return {
        requests,
        buckets: [...buckets]
            .map(([bound, atMost]) => ({ bound, atMost }))
            .sort((a, b) => a.bound - b.bound),
    };
}

/** Requests and failures of each pod of a version in a window, as the pods' own sidecars count. */
export function podCounts({ received }: Pick<Window, "received">, version: Slot): readonly Arm[] {
    const own = received.filter(({ labels }) => labels.destination_version === version);
    return [...growthOver(own).values()].map((grown) =>
        grown.reduce(
            (arm, { labels, by }) => ({
                requests: arm.requests + by,
                failed: arm.failed + (isFailed(labels) ? by : 0),
            }),
            { requests: 0, failed: 0 },
        ),
    );
}

/** Requests per second over a window, whoever answered; 0 as long as no source was scraped twice. */
export function requestRate({ requests }: Pick<Window, "requests">): number {
    const times = requests.flatMap(({ samples }) => samples.map(([at]) => at));
    const first = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const last = times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    if (first >= last || times.length === 0) return 0;
    const grown = [...growthOver(requests).values()].flat();
    return grown.reduce((sum, { by }) => sum + by, 0) / ((last - first) / 1_000);
}
