/** A sidecar that is read twice counts once. */
import type { Series } from "./observation";

/** How far the newest sample of a reader may be behind that of another, milliseconds. */
const ALIVE = 60_000;

/** What differs between two that read one sidecar: jobs, replicas of Prometheus, and the ports 15020 and 15090. */
const readerOf = ({ job, prometheus_replica, replica, instance = "" }: Series["labels"]) =>
    [job, prometheus_replica, replica, /:\d+$/.exec(instance)?.[0]].join(" ");

const sidecarOf = ({ cluster, namespace, pod, instance = "" }: Series["labels"]) =>
    [cluster, namespace, pod ?? instance.replace(/:\d+$/, "")].join(" ");

/**
 * The series of one reader for each sidecar. Where two jobs scrape the same pods, or a Thanos does not deduplicate its replicas,
 * each request would count twice, and twice the evidence is more than there is. The first by name, unless it has stopped.
 */
export function oneReader(series: readonly Series[]): readonly Series[] {
    const newest = new Map<string, Map<string, number>>();
    for (const { labels, samples } of series) {
        const readers = newest.get(sidecarOf(labels)) ?? new Map<string, number>();
        const last = samples.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY;
        const reader = readerOf(labels);
        readers.set(reader, Math.max(last, readers.get(reader) ?? last));
        newest.set(sidecarOf(labels), readers);
    }
    const chosen = new Map(
        [...newest].map(([sidecar, readers]) => {
            const last = Math.max(...readers.values());
            const alive = [...readers].filter(([, at]) => at >= last - ALIVE);
            return [sidecar, alive.map(([reader]) => reader).sort()[0]];
        }),
    );
    return series.filter(({ labels }) => chosen.get(sidecarOf(labels)) === readerOf(labels));
}
