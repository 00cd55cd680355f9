/** The way back: weight 0, as fast as the engine allows, waiting for nothing of the canary's. */
import type { RollbackRecord } from "../../analysis/record/record";
import type { EngineResult } from "../ports";
import { type Ended, type Run, show } from "./context";

/** Between two looks at what the API server has. */
const WRITTEN_MS = 100;
/** An engine that has not written the route by then is as good as one that cannot run. */
const PATIENCE_MS = 30_000;
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
    let configured = false;
    let patched = false;
    let reached: Promise<void> | undefined;
    let pause = FIRST_PAUSE_MS;
    let last = "";
    while (clock.now() - since < GIVE_UP_MS) {
        if (!configured) configured = await configure(run, record);
        // With another weight in the config an update would only bring the canary back.
        const update = configured ? engine.update().catch(asFailed) : UNCONFIGURED;
        let written = await writtenWhile(run, update, run.emergency && !patched);
        if (written === "late") {
            const late = `the engine has not written the route within ${PATIENCE_MS / 1_000} s`;
            await record("engine", late);
            patched = await patch(run, record);
            written = (await writtenWhile(run, update, false)) as Written;
        }
        if (written === true && reached === undefined) {
            if (!patched) await record("written", "the VirtualService has weight 0");
            reached = routed(run, record);
        }
        const result = await updated(update, written);
        if (result.ok) {
            await record("engine", `updated in ${result.seconds.toFixed(1)} s`);
            await (reached ?? routed(run, record));
            return { ended: { outcome: "rolledBack", reason }, weight: 0 };
        }
        last = result.reason;
        await record("engine", `${result.why}: ${result.reason}`);
        if (result.why === "locked" && (await unlocked(run, record))) continue;
        // The route is written before anything that can fail: no user sees the canary any more.
        if (written === true) patched = true;
        if (!patched && run.emergency) {
            patched = await patch(run, record);
            if (patched) reached ??= routed(run, record);
        }
        await clock.sleep(pause);
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
    await record("failed", last);
    if (patched) {
        await (reached ?? routed(run, record));
        const how = `${reason}; the engine could not run: ${last}`;
        return { ended: { outcome: "rolledBack", reason: how }, weight: 0 };
    }
    const held = `the rollback could not be done: ${last} ${configured ? "The stack's config says weight 0: run" : "Set weight 0 in the stack's config, then run"} \`pulumi up --skip-preview\`, or \`istio-canary rollback --emergency\`. It was wanted because ${reason}`;
    return { ended: { outcome: "held", reason: held }, weight: run.progress.weight };
}

type Record = (step: RollbackRecord["step"], text: string) => Promise<unknown>;

async function configure(run: Run, record: Record): Promise<boolean> {
    try {
        await run.ports.engine.setConfig({ weight: 0 });
        return true;
    } catch (error) {
        await record("engine", `The config could not be written: ${message(error)}`);
        return false;
    }
}

async function unlocked(run: Run, record: Record): Promise<boolean> {
    try {
        const { cleared, reason } = await run.ports.engine.unlock();
        await record("engine", reason);
        return cleared;
    } catch (error) {
        await record("engine", `The lock could not be cleared: ${message(error)}`);
        return false;
    }
}

const UNCONFIGURED: Promise<EngineResult> = Promise.resolve({
    ok: false,
    why: "failed",
    reason: "the stack's config still has another weight",
    seconds: 0,
});

function asFailed(error: unknown): EngineResult {
    return { ok: false, why: "failed", reason: message(error), seconds: 0 };
}

/** An update that went through and left another weight is none. */
async function updated(update: Promise<EngineResult>, written: Written): Promise<EngineResult> {
    const result = await update;
    if (!result.ok || written !== false) return result;
    const reason = "the update went through, but the VirtualService does not have weight 0";
    return { ok: false, why: "failed", reason, seconds: result.seconds };
}

/** What the API server has: weight 0 or not; "unread" when it did not tell, and the engine's word has to do. */
type Written = boolean | "unread";

/** Whether the API server has weight 0 before or when the update ends; or, to the impatient, that it is late. */
async function writtenWhile(
    run: Run,
    update: Promise<EngineResult>,
    impatient: boolean,
): Promise<Written | "late"> {
    const { clock } = run.ports;
    const since = clock.now();
    const ended = new AbortController();
    const end = () => ended.abort();
    update.then(end, end);
    for (;;) {
        const over = ended.signal.aborted;
        const written = await isBack(run);
        if (written === true || over) return written;
        if (impatient && clock.now() - since >= PATIENCE_MS) return "late";
        await clock.sleep(WRITTEN_MS, ended.signal);
    }
}

/** Both inside the mesh and at its gateways. */
async function isBack({ ports, about: { canary } }: Run): Promise<Written> {
    try {
        const written = await ports.mesh.written();
        if (written === undefined) return "unread";
        return written.shares[canary] === 0 && (written.atGateways?.[canary] ?? 0) === 0;
    } catch {
        return "unread";
    }
}

/** Begun as soon as the route is written: whatever else the engine has to do is no part of it. */
function routed({ ports }: Run, record: Record): Promise<void> {
    const reached = ports.convergence
        .routed(0, ports.clock.now())
        .then(({ seconds, how }) =>
            record("routed", `${how}, ${seconds.toFixed(1)} s after it was written`),
        )
        .then(() => undefined);
    // Thrown where it is awaited.
    reached.catch(() => undefined);
    return reached;
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

function message(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
