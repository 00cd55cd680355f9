/** The way back: weight 0, as fast as the engine allows, waiting for nothing of the canary's. */
import type { RollbackRecord } from "../rollout/record";
import { type Ended, type Run, show } from "./context";
import type { EngineResult } from "./ports";

/** Between two looks at what the API server has. */
const WRITTEN_MS = 100;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Then it is a person's; the stack's config says 0 by then, so that the next update is the rollback. */
const GIVE_UP_MS = 10 * 60_000;

export interface Back {
    readonly ended: Ended;
    /** The canary's weight now. */
    readonly weight: number;
}

/**
 * Takes the canary to weight 0. Not interrupted by anything: a lost Lease or a Ctrl-C ends the driver after it. Where the
 * engine cannot run, that is said at once; with `emergency` the VirtualService is written past it, and the engine is tried on
 * until it agrees.
 */
export async function rollBack(run: Run, reason: string): Promise<Back> {
    const { clock, engine, journal } = run.ports;
    const since = clock.now();
    const record = (step: RollbackRecord["step"], text: string) =>
        journal.append({
            type: "rollback",
            step,
            seconds: (clock.now() - since) / 1_000,
            reason: text,
        });
    await record("verdict", reason);
    void show(run, "rollingBack", reason);
    await configured(run, record);
    let patched = false;
    let pause = FIRST_PAUSE_MS;
    let last = "";
    while (clock.now() - since < GIVE_UP_MS) {
        const update = engine.update();
        const written = await writtenWhile(run, update);
        if (written && !patched) await record("written", "the VirtualService has weight 0");
        const result = await update;
        if (result.ok) {
            await record("engine", `updated in ${result.seconds.toFixed(1)} s`);
            return done(run, record, reason);
        }
        last = result.reason;
        await record("engine", `${result.why}: ${result.reason}`);
        if (result.why === "locked") {
            const { cleared, reason: who } = await engine.unlock();
            await record("engine", who);
            if (cleared) continue;
        }
        // The route is written before anything that can fail: no user sees the canary any more.
        if (written) patched = true;
        if (!patched && run.emergency) patched = await patch(run, record);
        await clock.sleep(pause);
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
    await record("failed", last);
    if (patched) return done(run, record, `${reason}; the engine could not run: ${last}`);
    const held = `the rollback could not be done: ${last} The stack's config says weight 0: run \`pulumi up --skip-preview\`, or \`canary rollback --emergency\`. It was wanted because ${reason}`;
    return { ended: { outcome: "held", reason: held }, weight: run.progress.weight };
}

type Record = (step: RollbackRecord["step"], text: string) => Promise<unknown>;

async function configured(run: Run, record: Record): Promise<void> {
    try {
        await run.ports.engine.setConfig({ weight: 0 });
    } catch (error) {
        await record("engine", `The config could not be written: ${message(error)}`);
    }
}

/** Whether the API server has weight 0 before or when the update ends. */
async function writtenWhile(run: Run, update: Promise<EngineResult>): Promise<boolean> {
    const { clock, mesh } = run.ports;
    const ended = new AbortController();
    const end = () => ended.abort();
    update.then(end, end);
    for (;;) {
        const over = ended.signal.aborted;
        try {
            const written = await mesh.written();
            if (written?.shares[run.about.canary] === 0) return true;
        } catch {
            // The engine tells what is wrong with the API server.
        }
        if (over) return false;
        await clock.sleep(WRITTEN_MS, ended.signal);
    }
}

async function patch(run: Run, record: Record): Promise<boolean> {
    try {
        await run.ports.mesh.patchToStable();
        await record("emergency", "weight 0 was written into the VirtualService past the engine");
        return true;
    } catch (error) {
        await record("emergency", `The VirtualService could not be written: ${message(error)}`);
        return false;
    }
}

async function done(run: Run, record: Record, reason: string): Promise<Back> {
    const { seconds, how } = await run.ports.convergence.routed(0, run.ports.clock.now());
    await record("routed", `${how}, ${seconds.toFixed(1)} s after the update`);
    return { ended: { outcome: "rolledBack", reason }, weight: 0 };
}

function message(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
