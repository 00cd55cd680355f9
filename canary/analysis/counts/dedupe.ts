/** Deduplication of sidecars that are scraped twice. */
import type { Series } from "./observation";
import { sourceOf } from "./scrapes";

/** Milliseconds that a scraper's newest sample may lag behind another's. */
const MAX_LAG = 60_000;

/** What differs between two scrapers of one sidecar: job, replica of Prometheus, and port (15020 or 15090). */
const scraperOf = ({ job, prometheus_replica, replica, instance = "" }: Series["labels"]) =>
    [job, prometheus_replica, replica, /:\d+$/.exec(instance)?.[0]].join(" ");

/**
 * The series of one scraper for each sidecar: the first by name that has not stopped. If two jobs scrape the same pods, or Thanos
 * does not deduplicate its replicas, each request would otherwise count twice and the evidence would be overstated.
 */
export function dedupe(series: readonly Series[]): readonly Series[] {
    const newest = new Map<string, Map<string, number>>();
    for (const { labels, samples } of series) {
        const scrapers = newest.get(sourceOf(labels)) ?? new Map<string, number>();
        const last = samples.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY;
        const scraper = scraperOf(labels);
        scrapers.set(scraper, Math.max(last, scrapers.get(scraper) ?? last));
        newest.set(sourceOf(labels), scrapers);
    }
    const chosen = new Map(
        [...newest].map(([sidecar, scrapers]) => {
            const last = Math.max(...scrapers.values());
            const alive = [...scrapers].filter(([, at]) => at >= last - MAX_LAG);
            return [sidecar, alive.map(([scraper]) => scraper).sort()[0]];
        }),
    );
    return series.filter(({ labels }) => chosen.get(sourceOf(labels)) === scraperOf(labels));
}
