/** Rolls back: sets weight 0 as fast as the engine allows, without waiting for the canary. */
import type { RollbackRecord } from "../../analysis/record/record";
import type { EngineResult } from "../ports";
import { type Ended, messageOf, type Run } from "./context";

/** How often the driver asks the API server whether it has the route. */
const WRITTEN_POLL_MS = 100;
/** If the engine has not written the route by then, the driver assumes that it cannot run. */
const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** After this a person must act. The stack's config has weight 0 by then, so the next update rolls back. */
const GIVE_UP_MS = 10 * 60_000;

/**
 * Sets weight 0. Nothing interrupts it: after a lost Lease or a Ctrl-C the driver stops only when the rollback is done. If the
 * engine cannot run, the driver records that at once. With `emergency` it then patches the VirtualService directly, and retries the
 * engine until the update succeeds.
 */
export async function rollBack(run: Run, reason: string): Promise<Ended> {
    const { clock, engine } = run.ports;
    const since = clock.now();
    const record: RecordStep = (step, text, ok) =>
        run.log.append({
            type: "rollback",
            step,
            seconds: (clock.now() - since) / 1_000,
            ...(ok !== undefined && { ok }),
            reason: text,
        });
    await record("verdict", reason);
    let isConfigured = false;
    let isPatched = false;
    let routed: Promise<void> | undefined;
    let pause = FIRST_PAUSE_MS;
    let problem = "";
    while (clock.now() - since < GIVE_UP_MS) {
        if (!isConfigured) isConfigured = await configure(run, record);
        // While the config has another weight, an update would bring the canary back.
        const update = isConfigured ? engine.update().catch(asFailed) : UNCONFIGURED;
        let written = await writtenDuring(run, update, run.emergency && !isPatched);
        if (written === "late") {
            const limit = PATIENCE_MS / 1_000;
            await record("engine", `Pulumi has not written the route within ${limit} s`, false);
            isPatched = await patch(run, record);
            written = await writtenDuring(run, update, false);
        }
        if (written === true && routed === undefined) {
            if (!isPatched) await record("written", "the VirtualService has weight 0");
            routed = waitUntilRouted(run, record);
        }
        const updated = await update;
        // Somebody else may have changed the weight after the driver last saw 0.
        if (updated.ok && written === true) written = await hasWeightZero(run);
        const result = confirmed(updated, written);
        // An update that leaves another weight found it in the config.
        if (updated.ok && !result.ok) isConfigured = false;
        if (result.ok) {
            await record("engine", `updated in ${result.seconds.toFixed(1)} s`, true);
            await (routed ?? waitUntilRouted(run, record));
            return { outcome: "rolledBack", reason };
        }
        problem = result.reason;
        await record("engine", `${result.why}: ${result.reason}`, false);
        if (result.why === "locked" && (await unlock(run, record))) continue;
        // The VirtualService already has weight 0: the update failed later, and no caller reaches the canary.
        if (written === true) isPatched = true;
        if (!isPatched && run.emergency) {
            isPatched = await patch(run, record);
            if (isPatched) routed ??= waitUntilRouted(run, record);
        }
        await clock.sleep(pause);
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
    await record("failed", problem);
    if (isPatched) {
        await (routed ?? waitUntilRouted(run, record));
        const reasons = `${reason}; Pulumi could not run: ${problem}`;
        return { outcome: "rolledBack", reason: reasons };
    }
    const instruction = isConfigured
        ? "The stack's config has weight 0. Run"
        : "Set weight 0 in the stack's config, then run";
    const held = `the rollback failed. ${instruction} \`pulumi up --skip-preview\`, or \`istio-canary rollback --emergency\`. Reason for the rollback: ${reason}. Last error: ${problem}`;
    return { outcome: "held", reason: held };
}

type RecordStep = (step: RollbackRecord["step"], text: string, ok?: boolean) => Promise<unknown>;

async function configure(run: Run, record: RecordStep): Promise<boolean> {
    try {
        await run.ports.engine.setConfig({ weight: 0 });
        return true;
    } catch (error) {
        await record(
            "engine",
            `the stack's config could not be written: ${messageOf(error)}`,
            false,
        );
        return false;
    }
}

async function unlock(run: Run, record: RecordStep): Promise<boolean> {
    try {
        const { cleared, reason } = await run.ports.engine.unlock();
        await record("engine", reason, false);
        return cleared;
    } catch (error) {
        await record("engine", `the stack's lock could not be cleared: ${messageOf(error)}`, false);
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
    return { ok: false, why: "failed", reason: messageOf(error), seconds: 0 };
}

/** An update that succeeds but leaves another weight counts as failed. */
function confirmed(result: EngineResult, written: Written): EngineResult {
    if (!result.ok || written !== false) return result;
    const reason = "the update succeeded, but the VirtualService does not have weight 0";
    return { ok: false, why: "failed", reason, seconds: result.seconds };
}

/** Whether the API server has weight 0. "unread": it did not answer, so the engine's result decides. */
type Written = boolean | "unread" | "late";

/** Whether the API server has weight 0 before or when the update ends; "late" if `impatient` and it takes too long. */
async function writtenDuring(
    run: Run,
    update: Promise<EngineResult>,
    impatient: boolean,
): Promise<Written> {
    const { clock } = run.ports;
    const since = clock.now();
    const ended = new AbortController();
    const end = () => ended.abort();
    update.then(end, end);
    for (;;) {
        const over = ended.signal.aborted;
        const written = await hasWeightZero(run);
        if (written === true || over) return written;
        if (impatient && clock.now() - since >= PATIENCE_MS) return "late";
        await clock.sleep(WRITTEN_POLL_MS, ended.signal);
    }
}

/** Checks both the mesh's route and the gateways' route. */
async function hasWeightZero({ ports, log }: Run): Promise<boolean | "unread"> {
    const { canary } = log.status.started;
    try {
        const written = await ports.mesh.written();
        if (written === undefined) return "unread";
        return written.shares[canary] === 0 && (written.atGateways?.[canary] ?? 0) === 0;
    } catch {
        return "unread";
    }
}

/** Called as soon as the route is written, because the rest of the update does not affect callers. */
function waitUntilRouted({ ports }: Run, record: RecordStep): Promise<void> {
    const routed = ports.propagation
        .wait(0, ports.clock.now())
        .then(({ seconds, evidence }) =>
            record("routed", `${evidence}, ${seconds.toFixed(1)} s after the write`),
        )
        .then(() => undefined);
    // The caller's `await` throws it.
    routed.catch(() => undefined);
    return routed;
}

async function patch(run: Run, record: RecordStep): Promise<boolean> {
    try {
        await run.ports.mesh.resetWeights();
        await record("emergency", "patched the VirtualService to weight 0 directly", true);
        return true;
    } catch (error) {
        const text = `the VirtualService could not be patched: ${messageOf(error)}`;
        await record("emergency", text, false);
        return false;
    }
}
