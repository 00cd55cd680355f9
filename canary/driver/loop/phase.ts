/** Takes a rollout to a weight: written, previewed with the rules, updated, and seen in the data plane. */
import { arrived, entered } from "../../analysis/record/replay";
import type { EngineResult } from "../ports";
import { mustGoOn, type Run, show } from "./context";

/** What came of it; what was refused has changed nothing in the cluster. */
export type Shift =
    | { readonly ok: true }
    | {
          readonly ok: false;
          readonly why: "refused" | "locked" | "failed";
          readonly reason: string;
      };

/** Tries at a locked stack, with a pause between them. */
const TRIES = 3;
const PAUSE_MS = 2_000;

export async function shift(run: Run, weight: number): Promise<Shift> {
    const { ports, progress } = run;
    const { clock, engine, journal } = ports;
    mustGoOn(run);
    await journal.append({ type: "phase", weight, step: "wanted" });
    ports.notifier.send("phase", { id: run.about.id, weight, reason: `weight ${weight} is next` });
    await show(run, "running", `taking weight ${weight}`);
    await engine.setConfig({ weight });
    const previewed = await unlocked(run, () => engine.preview(run.signal));
    mustGoOn(run);
    if (!previewed.ok) {
        // What was refused is not to lie in wait for the next update.
        await engine.setConfig({ weight: progress.weight });
        return previewed;
    }
    const { seconds, notes } = previewed;
    await journal.append({ type: "phase", weight, step: "previewed", seconds, notes });
    const writtenAt = clock.now();
    const updated = await unlocked(run, () => engine.update(run.signal));
    mustGoOn(run);
    if (!updated.ok) return updated;
    const step = { type: "phase", weight, step: "updated", seconds: updated.seconds } as const;
    const written = await journal.append(step);
    progress.state = entered(run.about, progress.state, weight, written.at);
    progress.weight = weight;
    progress.hurried = false;
    awaitRouting(run, weight, writtenAt);
    return { ok: true };
}

/** Begins to wait until callers have the weight; the looks go on meanwhile, for a fault must not wait for that. */
export function awaitRouting(
    { ports, progress, signal }: Run,
    weight: number,
    writtenAt: number,
): void {
    progress.arrival = undefined;
    progress.routing = ports.convergence.routed(weight, writtenAt, signal).then(
        ({ seconds, how }) => {
            if (progress.weight === weight) progress.arrival = { weight, seconds, how };
        },
        (error: unknown) => {
            const how = error instanceof Error ? error.message : String(error);
            if (progress.weight === weight) progress.arrival = { weight, seconds: 0, how };
        },
    );
}

/** Puts on record that callers have the weight, once they do; from then on the phase's clock runs. */
export async function settle({ ports, about, progress }: Run): Promise<void> {
    const { arrival } = progress;
    if (arrival === undefined) return;
    progress.arrival = undefined;
    progress.routing = undefined;
    const { weight, seconds, how } = arrival;
    const record = await ports.journal.append({
        type: "phase",
        weight,
        step: "routed",
        seconds,
        notes: [how],
    });
    progress.state = arrived(about, progress.state, weight, record.at);
}

/** Does it again where a dead process had left its lock, or a living one lets go of it soon. */
async function unlocked(run: Run, work: () => Promise<EngineResult>): Promise<EngineResult> {
    const { clock, engine, journal } = run.ports;
    for (let tries = 1; ; tries++) {
        const result = await work();
        if (result.ok || result.why !== "locked" || tries === TRIES) return result;
        const { cleared, reason } = await engine.unlock();
        await journal.append({ type: "note", text: reason });
        if (!cleared) await clock.sleep(PAUSE_MS, run.signal);
        mustGoOn(run);
    }
}
