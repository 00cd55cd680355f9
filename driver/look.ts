/** One look at a rollout: what Prometheus counted since the last one, and what that leads to. */
import { observe, secondsBack } from "../rollout/counters";
import { decide, type Look } from "../rollout/decide";
import type { Decision } from "../rollout/decision";
import type { Cursors, Fetched } from "../rollout/observation";
import type { Run } from "./context";

/** Seconds that a query reaches back: beyond what was counted last, since what a counter was before is needed too. */
const REACH = { least: 60, longest: 3_600 };

/** @returns the decision, which is on record. */
export async function look(run: Run): Promise<Decision> {
    const { ports, about, progress, signal } = run;
    const { state } = progress;
    if (state === undefined) throw new Error("A look needs a weight that was routed.");
    const seconds = secondsBack(progress.cursors, ports.clock.now(), REACH);
    const fetched = await ports.metrics.fetch(seconds, signal);
    const at = ports.clock.now();
    const { weight } = state.phase;
    const seen = read(run, fetched, at);
    const decided = decide(about, state, seen.look);
    await ports.journal.append({
        type: "look",
        weight,
        lookedAt: at,
        cursors: seen.cursors,
        ...("observation" in seen.look
            ? { observation: seen.look.observation }
            : { problem: seen.look.problem, reason: seen.look.reason }),
        decision: decided.decision,
    });
    progress.state = decided.state;
    progress.cursors = seen.cursors;
    return decided.decision;
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
