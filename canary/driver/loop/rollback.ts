/** Rolls back: writes weight 0 to the route at once, then lets `pulumi up` agree. Waits for nothing of the canary's. */
import type { RollbackRecord } from "../../analysis/record/record";
import { errorMessage } from "../../analysis/text";
import type { EngineResult } from "../ports";
import type { Ended, Run } from "./context";
import { RouteToStable } from "./routeToStable";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** After this a person must act. The stack's config has weight 0 by then, so the next update rolls back. */
const GIVE_UP_MS = 10 * 60_000;

/**
 * Sets weight 0. Nothing interrupts it: after a lost Lease or a Ctrl-C the driver stops only when the rollback is done.
 *
 * 1. It writes the stack's config, so that no update brings the canary back from here on.
 * 2. It patches the route as Pulumi's field manager, which takes a tenth of the time of an update, and tries it again
 *    every two seconds until the route has weight 0.
 * 3. It runs the update, which finds the route as its config says, and retries it until it succeeds. If the update leaves
 *    another weight, somebody changed the route behind Pulumi's back, so the next update refreshes. So it does if the driver
 *    cannot read the route.
 *
 * After a crash at any point, the same steps again, or a `pulumi up` by hand, end in the same state.
 */
export async function rollBack(run: Run, reason: string): Promise<Ended> {
    const { clock, engine } = run.ports;
    const since = clock.elapsed();
    const record: RecordStep = (step, text, ok) =>
        run.log.append({
            type: "rollback",
            step,
            seconds: (clock.elapsed() - since) / 1_000,
            ...(ok !== undefined && { ok }),
            reason: text,
        });
    await record("verdict", reason);
    const route = new RouteToStable(run, record);
    let isConfigured = false;
    let pause = FIRST_PAUSE_MS;
    let problem = "";
    let refresh = false;
    while (clock.elapsed() - since < GIVE_UP_MS) {
        if (!isConfigured) isConfigured = await configure(run, record);
        await route.patch();
        await waitForOvertaken(run, route);
        // While the config has another weight, an update would bring the canary back.
        const update = isConfigured
            ? engine.update(undefined, refresh).catch(asFailed)
            : UNCONFIGURED;
        await route.watchDuring(update);
        const updated = await update;
        const result = confirmed(updated, await leftAtZero(run, route, refresh));
        // An update that leaves another weight found it in the config, or saw no change between the config and its state.
        if (updated.ok && !result.ok) {
            isConfigured = false;
            refresh = true;
        }
        if (result.ok) {
            await record("engine", `updated in ${result.seconds.toFixed(1)} s`, true);
            await route.reachCallers();
            return { outcome: "rolledBack", reason };
        }
        problem = result.reason;
        await record("engine", `${result.why}: ${result.reason}`, false);
        if (result.why === "locked" && (await unlock(run, record))) continue;
        // Until the config has weight 0, the next update by anybody would bring the canary back.
        if (run.emergency && route.isWritten && isConfigured) break;
        const rest = clock.sleep(pause);
        await route.watchDuring(rest);
        await rest;
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
    await record("failed", problem);
    const instruction = isConfigured
        ? "The stack's config has weight 0. Run"
        : "Set weight 0 in the stack's config, then run";
    const todo = `${instruction} \`pulumi up --refresh --skip-preview\``;
    if (route.isWritten) {
        await route.reachCallers();
        const reasons = `${reason}; callers have weight 0, but Pulumi could not run: ${problem}. ${todo}`;
        return { outcome: "rolledBack", reason: reasons };
    }
    const held = `the rollback failed. ${todo}. Reason for the rollback: ${reason}. Last error: ${problem}`;
    return { outcome: "held", reason: held };
}

export type RecordStep = (
    step: RollbackRecord["step"],
    text: string,
    ok?: boolean,
) => Promise<unknown>;

/** An update that was under way at the verdict may write its weight after the patch. It also holds the stack's lock. */
async function waitForOvertaken({ polling }: Run, route: RouteToStable): Promise<void> {
    if (polling.overtaken === undefined) return;
    await polling.overtaken;
    polling.overtaken = undefined;
    await route.check();
    await route.patch();
}

async function configure(run: Run, record: RecordStep): Promise<boolean> {
    try {
        await run.ports.engine.setConfig({ weight: 0 });
        return true;
    } catch (error) {
        await record(
            "engine",
            `the stack's config could not be written: ${errorMessage(error)}`,
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
        await record(
            "engine",
            `the stack's lock could not be cleared: ${errorMessage(error)}`,
            false,
        );
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
    return { ok: false, why: "failed", reason: errorMessage(error), seconds: 0 };
}

type Left = "weight 0" | "another weight" | "unknown";

/** What the update left. If there is no route, or only the update with a refresh has read it, the config that it wrote from decides. */
async function leftAtZero({ ports }: Run, route: RouteToStable, refreshed: boolean): Promise<Left> {
    const written = await route.check();
    if (typeof written === "boolean") return written ? "weight 0" : "another weight";
    if ((await ports.engine.configuredWeight().catch(() => 0)) !== 0) return "another weight";
    return written === "none" || refreshed ? "weight 0" : "unknown";
}

/** An update that succeeds but may have left another weight counts as failed. */
function confirmed(result: EngineResult, left: Left): EngineResult {
    if (!result.ok || left === "weight 0") return result;
    const found =
        left === "unknown"
            ? "whether the route has weight 0 could not be read"
            : "the route does not have weight 0";
    const reason = `the update succeeded, but ${found}; the next one runs with --refresh`;
    return { ok: false, why: "failed", reason, seconds: result.seconds };
}
