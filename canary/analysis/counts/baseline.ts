/** The baseline, measured before a rollout begins: durations and pods of the stable, and the request rate. */
import type { Slot } from "../../../rollout/config/slots";
import type { Arm } from "../statistics/counts";
import { boundOf } from "./counters";
import { isFailed } from "./failures";
import type { Window } from "./observation";
import { bySource, type Growth, growth, growthOver } from "./scrapes";

/** Request durations of a version over a window. `requests` is the +Inf bucket. */
export interface DurationHistogram {
    readonly requests: number;
    /** In ascending order of bounds (milliseconds); `atMost` is cumulative. */
    readonly buckets: readonly { readonly bound: number; readonly atMost: number }[];
}

/** Durations of a version's requests in a window, from the sidecars of all callers. */
export function durationHistogram(
    { durations }: Pick<Window, "durations">,
    version: Slot,
): DurationHistogram {
    const own = durations.filter(({ labels }) => labels.destination_version === version);
    let requests = 0;
    // An empty bucket is part of the histogram too.
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

/** Requests and failures of each pod of a version in a window, as counted by the pods' own sidecars. */
export function podCounts({ received }: Pick<Window, "received">, version: Slot): readonly Arm[] {
    const own = received.filter(({ labels }) => labels.destination_version === version);
    return [...growthOver(own).values()].map((grown) =>
        grown.reduce(withGrowth, { requests: 0, failed: 0 }),
    );
}

/** Length of a stretch of time, milliseconds. */
const STRETCH_MS = 15_000;

/** Requests and failures of the service, whichever version answered, in stretches of 15 s, in the order of time. */
export function sharesOverTime({ requests }: Pick<Window, "requests">): readonly Arm[] {
    const stretches = new Map<number, Arm>();
    for (const source of bySource(requests).values()) {
        for (const { at, grown } of growth(source, Number.NEGATIVE_INFINITY)) {
            const index = Math.floor(at / STRETCH_MS);
            const known = stretches.get(index) ?? { requests: 0, failed: 0 };
            stretches.set(index, grown.reduce(withGrowth, known));
        }
    }
    return [...stretches].sort(([a], [b]) => a - b).map(([, arm]) => arm);
}

function withGrowth({ requests, failed }: Arm, { labels, by }: Growth): Arm {
    return { requests: requests + by, failed: failed + (isFailed(labels) ? by : 0) };
}

/** Requests per second to the service over a window; 0 until a source was scraped twice. */
export function measuredRate({ requests }: Pick<Window, "requests">): number {
    const times = requests.flatMap(({ samples }) => samples.map(([at]) => at));
    const first = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const last = times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    if (first >= last || times.length === 0) return 0;
    const grown = [...growthOver(requests).values()].flat();
    return grown.reduce((sum, { by }) => sum + by, 0) / ((last - first) / 1_000);
}
