/** One look at a rollout: what Prometheus counted since the last one, and what that leads to. */

import { observe, secondsBack } from "../../analysis/counts/counters";
import type { Cursors, Fetched } from "../../analysis/counts/observation";
import { scrapeInterval } from "../../analysis/counts/scrapes";
import { decide, type Look } from "../../analysis/decision/decide";
import type { Decision } from "../../analysis/decision/decision";
import { milliseconds } from "../../analysis/decision/rolloutSettings";
import type { Run } from "./context";

/** Seconds that a query reaches back: beyond what was counted last, since what a counter was before is needed too. */
const REACH = { least: 60, longest: 3_600 };

/** A scrape has been read by then, and queries answer with it. */
const READ_MS = 250;

/**
 * Before that time Prometheus has nothing new that a look could rest on and need not be asked: not all sources of the last look
 * have been scraped again, and no whole interval has passed. Its clock may differ; the interval bounds what that does.
 */
export function nextLookAt({ about, progress }: Run): number {
    const { cursors, lookedAt, sources, scrapeMs } = progress;
    if (scrapeMs === undefined || sources.length === 0) return lookedAt;
    const newest = Math.max(...sources.map((name) => cursors[name] ?? 0));
    return Math.min(lookedAt + milliseconds(about.analysis.interval), newest + scrapeMs + READ_MS);
}

/**
 * Looks when there is a scrape that was not counted yet, or when a whole interval has passed without one.
 * @returns the decision, which is on record; undefined when it is too early for one.
 */
export async function look(run: Run): Promise<Decision | undefined> {
    const { ports, about, progress, signal } = run;
    const { state } = progress;
    if (state === undefined) throw new Error("A look needs a weight that was written.");
    const seconds = secondsBack(progress.cursors, ports.clock.now(), REACH);
    const fetched = await ports.metrics.fetch(seconds, signal);
    const at = ports.clock.now();
    if (fetched.ok) progress.scrapeMs = scrapeInterval(fetched.window) ?? progress.scrapeMs;
    const seen = read(run, fetched, at);
    const sources = advanced(progress.cursors, seen.cursors);
    const due = at - progress.lookedAt >= milliseconds(about.analysis.interval);
    if (!due && !whole(progress.sources, sources)) return undefined;
    const decided = decide(about, state, seen.look);
    await ports.journal.append({
        type: "look",
        weight: state.phase.weight,
        lookedAt: at,
        cursors: seen.cursors,
        ...("observation" in seen.look
            ? { observation: seen.look.observation }
            : { problem: seen.look.problem, reason: seen.look.reason }),
        decision: decided.decision,
    });
    progress.state = decided.state;
    progress.cursors = seen.cursors;
    progress.sources = sources;
    progress.lookedAt = at;
    return decided.decision;
}

/** The callers' sidecars that were scraped since. */
function advanced(before: Cursors, after: Cursors): string[] {
    return Object.keys(after).filter(
        (name) => name.startsWith("requests ") && (after[name] ?? 0) > (before[name] ?? 0),
    );
}

/**
 * Whether all sources of the last look have been scraped again: one scrape of each is one look, so that as many looks must agree as
 * `corroboration` says, however many sources there are.
 */
function whole(last: readonly string[], now: readonly string[]): boolean {
    return now.length > 0 && last.every((source) => now.includes(source));
}

function read(
    { about, progress }: Run,
    fetched: Fetched,
    at: number,
): { readonly look: Look; readonly cursors: Cursors } {
    const { cursors } = progress;
    if (!fetched.ok) {
        const { problem, reason } = fetched;
        return { look: { at, problem, reason }, cursors };
    }
    const { stable, canary, bounds } = about;
    const seen = observe(fetched.window, cursors, {
        stable,
        canary,
        bounds,
        weight: progress.weight,
        startedAt: about.startedAt,
    });
    return { look: { at, observation: seen.observation }, cursors: seen.cursors };
}
