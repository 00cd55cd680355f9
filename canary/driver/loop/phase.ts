/** Updates a rollout to a weight: config, preview with the rules, update, propagation. */
import { errorMessage } from "../../analysis/text";
import type { EngineResult } from "../ports";
import { type Run, throwIfStopped } from "./context";
import { noPodsIn } from "./noPods";

/** The result of an update. A refused weight has changed nothing in the cluster. */
export type UpdateResult =
    | { readonly ok: true }
    | {
          readonly ok: false;
          readonly why: "refused" | "locked" | "failed" | "overtaken";
          readonly reason: string;
      };

/** The proxies' counters have decided meanwhile: the loop rolls back without waiting for the engine. */
const OVERTAKEN = { ok: false, why: "overtaken", reason: "the canary fails" } as const;

/** Attempts while the stack is locked, and the pause between them. */
const ATTEMPTS = 3;
const PAUSE_MS = 2_000;

export async function updateToWeight(run: Run, weight: number): Promise<UpdateResult> {
    const { ports, log } = run;
    const { clock, engine } = ports;
    throwIfStopped(run);
    const { id, canary } = log.status.started;
    const busy = await engine.busy?.();
    if (busy !== undefined) return { ok: false, why: "locked", reason: busy };
    if (weight > log.status.writtenWeight) {
        const found = await noPodsIn(ports.mesh, log.status.started, canary);
        // Somebody else starts the pods: try again later, as while somebody else updates the stack.
        const why = found?.passes ? "locked" : "refused";
        if (found !== undefined) return { ok: false, why, reason: found.reasons.join(" ") };
    }
    await log.append({ type: "phase", weight, step: "wanted" });
    ports.notifier.send("phase", { id, weight, reason: `weight ${weight} is next` });
    await engine.setConfig({ weight });
    const previewed = await withUnlock(run, () => engine.preview(run.signal));
    throwIfStopped(run);
    if (previewed === OVERTAKEN) return OVERTAKEN;
    if (!previewed.ok) {
        // Otherwise the next `pulumi up` would apply what was refused.
        await engine.setConfig({ weight: log.status.writtenWeight });
        return previewed;
    }
    const { seconds, notes } = previewed;
    await log.append({ type: "phase", weight, step: "previewed", seconds, notes });
    const writtenAt = clock.now();
    const updated = await withUnlock(run, () => engine.update(run.signal));
    throwIfStopped(run);
    if (updated === OVERTAKEN) return OVERTAKEN;
    if (!updated.ok) {
        // A locked stack is unchanged.
        if (updated.why === "locked") await engine.setConfig({ weight: log.status.writtenWeight });
        return updated;
    }
    await log.append({ type: "phase", weight, step: "updated", seconds: updated.seconds });
    watchPropagation(run, weight, writtenAt);
    return { ok: true };
}

/** Waits in the background until callers use the weight. Polling continues meanwhile, to see a fault at once. */
export function watchPropagation(run: Run, weight: number, writtenAt: number): void {
    const { ports, polling, log, signal } = run;
    const arrive = (seconds: number, evidence: string) => {
        if (log.status.writtenWeight === weight) polling.arrival = { weight, seconds, evidence };
    };
    polling.arrival = undefined;
    polling.propagation = ports.propagation.wait(weight, writtenAt, signal).then(
        ({ seconds, evidence }) => arrive(seconds, evidence),
        (error: unknown) => arrive(0, errorMessage(error)),
    );
}

/** Records that callers use the weight, once they do. This starts the phase's clock. */
export async function recordPropagation({ log, polling }: Run): Promise<void> {
    const { arrival } = polling;
    if (arrival === undefined) return;
    polling.arrival = undefined;
    polling.propagation = undefined;
    const { weight, seconds, evidence } = arrival;
    await log.append({ type: "phase", weight, step: "routed", seconds, notes: [evidence] });
}

async function unlessAlarmed(
    { polling }: Run,
    work: Promise<EngineResult>,
): Promise<EngineResult | typeof OVERTAKEN> {
    const { alarm } = polling;
    if (alarm === undefined) return work;
    const over = new AbortController();
    const raised = new Promise<typeof OVERTAKEN>((resolve) => {
        const overtake = () => resolve(OVERTAKEN);
        if (alarm.aborted) overtake();
        alarm.addEventListener("abort", overtake, { once: true, signal: over.signal });
    });
    const result = await Promise.race([work, raised]);
    over.abort();
    if (result === OVERTAKEN) {
        polling.overtaken = work.then(
            () => undefined,
            () => undefined,
        );
    }
    return result;
}

/** Retries while the stack is locked: the holder may be dead, or release the lock soon. */
async function withUnlock(
    run: Run,
    work: () => Promise<EngineResult>,
): Promise<EngineResult | typeof OVERTAKEN> {
    const { clock, engine } = run.ports;
    let noted = "";
    for (let attempt = 1; ; attempt++) {
        const result = await unlessAlarmed(run, work());
        if (result === OVERTAKEN) return OVERTAKEN;
        if (result.ok || result.why !== "locked" || attempt === ATTEMPTS) return result;
        const { cleared, reason } = await engine.unlock();
        if (reason !== noted) await run.log.append({ type: "note", text: reason });
        noted = reason;
        if (!cleared) await clock.sleep(PAUSE_MS, run.signal);
        throwIfStopped(run);
    }
}
