/** One poll of Prometheus: the counts since the previous sample, and the decision on them. */

import { observe, secondsBack } from "../../analysis/counts/counters";
import { isDue, newSources } from "../../analysis/counts/due";
import type { Cursors, FetchResult } from "../../analysis/counts/observation";
import { scrapeInterval } from "../../analysis/counts/scrapes";
import { decide, type Sample } from "../../analysis/decision/decide";
import type { Decision } from "../../analysis/decision/decision";
import { milliseconds } from "../../analysis/decision/rolloutSettings";
import type { Run } from "./context";

/** Range of a query, in seconds. It overlaps the previous sample, because an increase needs the value before. */
const REACH = { least: 60, longest: 3_600 };

/** Delay after which queries include a new scrape. */
const INGEST_MS = 250;

/**
 * Milliseconds until a poll finds a new sample at the earliest: every source of the last sample should have been scraped again, or
 * the interval has passed. Prometheus' clock may differ; the interval bounds the effect.
 */
export function untilNextSample({ log, polling, ports: { clock } }: Run): number {
    const { cursors, started } = log.status;
    const { sampledAt, sources, scrapeMs } = polling;
    if (scrapeMs === undefined || sources.length === 0) return 0;
    const newest = Math.max(...sources.map((name) => cursors.requests[name] ?? 0));
    const interval = milliseconds(started.analysis.interval);
    const left = sampledAt + interval - clock.elapsed();
    return Math.max(0, Math.min(left, newest + scrapeMs + INGEST_MS - clock.now()));
}

/**
 * Takes a sample if there is a new scrape, or if a whole interval has passed without one.
 * @returns the decision, which is recorded; undefined if it is too early for a sample.
 */
export async function poll(run: Run): Promise<Decision | undefined> {
    const { ports, log, polling, signal } = run;
    const { started, analysis, cursors } = log.status;
    if (analysis === undefined)
        throw new Error("The driver polls only after it has written a weight.");
    const seconds = secondsBack(cursors, ports.clock.now(), REACH);
    const phase = { rollout: started.id, routedAt: analysis.phase.routedAt };
    const fetched = await ports.metrics.fetch(seconds, signal, phase);
    // A cancelled query is no sample.
    if (signal.aborted) return undefined;
    const at = ports.clock.now();
    if (fetched.ok) polling.scrapeMs = scrapeInterval(fetched.window) ?? polling.scrapeMs;
    const read = readSample(run, fetched, at);
    const sources = newSources(cursors, read.cursors);
    const interval = milliseconds(started.analysis.interval);
    if (!isDue(polling, sources, interval, ports.clock.elapsed())) return undefined;
    const { decision } = decide(started, analysis, read.sample);
    await log.append({
        type: "sample",
        weight: analysis.phase.weight,
        sampledAt: at,
        cursors: read.cursors,
        ...("observation" in read.sample
            ? { observation: read.sample.observation }
            : { problem: read.sample.problem, reason: read.sample.reason }),
        decision,
    });
    polling.sources = sources;
    polling.sampledAt = ports.clock.elapsed();
    return decision;
}

function readSample(
    { log }: Run,
    fetched: FetchResult,
    at: number,
): { readonly sample: Sample; readonly cursors: Cursors } {
    const { cursors, started, analysis } = log.status;
    if (!fetched.ok) {
        const { problem, reason } = fetched;
        return { sample: { at, problem, reason }, cursors };
    }
    const { stable, canary, bounds } = started;
    const options = { stable, canary, bounds, routedAt: analysis?.phase.routedAt };
    const observed = observe(fetched.window, cursors, options);
    return { sample: { at, observation: observed.observation }, cursors: observed.cursors };
}
