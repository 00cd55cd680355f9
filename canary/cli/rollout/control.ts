// Commands to a rollout from anywhere. They send a command to its driver through the Lease, or act themselves if no driver runs.

import type { Control, Started } from "../../analysis/record/record";
import { OUTCOME_TEXT } from "../../analysis/report/wording";
import { ciLinks } from "../../driver/ciLinks";
import { openJournal } from "../../driver/journal/journal";
import { openLastRollout } from "../../driver/journal/lastRollout";
import { rolloutEvents } from "../../driver/kubernetes/rolloutEvents";
import { kubernetesLease } from "../../driver/lease/lease";
import { readLease, requestControl } from "../../driver/lease/leaseView";
import { newPolling } from "../../driver/loop/context";
import { startedWithoutMetrics } from "../../driver/loop/preflight";
import { rollBack } from "../../driver/loop/rollback";
import { RolloutLog } from "../../driver/loop/rolloutLog";
import { finish } from "../../driver/loop/run";
import { statusPublisher } from "../../driver/loop/statusPublisher";
import type { Ports, Watcher } from "../../driver/ports";
import { noWeightKey } from "../../driver/pulumi/programWeights";
import { systemClock } from "../../driver/systemClock";
import { createProgress } from "../progress/progress";
import type { RolloutFlags } from "../stackCommand";
import { version } from "../toolVersion";
import { deleteJobs, type Opened, openRollout } from "./open";

/** How long a command waits for the driver to receive it. */
const RECEIVE_MS = 20_000;

export interface CommandResult {
    readonly exitCode: number;
    readonly text: string;
}

/** Sends `approve`, `pause` or `resume`, which only a driver can do. @throws Error if no driver runs. */
export async function sendControl(flags: RolloutFlags, control: Control): Promise<string> {
    return send(await openRollout(flags), control);
}

async function send({ cluster, place, by }: Opened, control: Control): Promise<string> {
    const id = await requestControl(cluster, place, control, by, systemClock.now());
    const until = systemClock.now() + RECEIVE_MS;
    while (systemClock.now() < until) {
        const view = await readLease(cluster, place, systemClock.now());
        if (!view?.waiting.some((one) => one.id === id)) {
            return `${control}: received by ${view?.holder ?? "the driver, which has ended"}`;
        }
        await systemClock.sleep(500);
    }
    return `${control}: sent, but the driver has not received it within ${RECEIVE_MS / 1_000} s. Check \`istio-canary status\`.`;
}

/** Sets weight 0, through the driver if one runs. */
export async function rollbackCommand(
    flags: RolloutFlags,
    emergency: boolean,
): Promise<CommandResult> {
    const opened = await openRollout(flags);
    if (await driverRuns(opened)) return { exitCode: 0, text: await send(opened, "rollback") };
    const lease = kubernetesLease(opened.cluster, opened.place, systemClock);
    // A rollback does not wait for the Lease.
    await lease.acquire().catch(() => undefined);
    const publisher = statusPublisher(lease);
    // Each try on stderr, because a rollback may retry for minutes.
    const progress = createProgress({ stream: process.stderr });
    const events = rolloutEvents(opened.cluster, opened.config.rollout, systemClock);
    const { log, close } = await openLog(opened, [publisher, progress, events]);
    try {
        const ports: Ports = {
            clock: systemClock,
            engine: opened.engine,
            mesh: opened.mesh,
            lease,
            propagation: { wait: async () => ({ seconds: 0, evidence: "written" }) },
            ...UNUSED,
        };
        const { signal } = new AbortController();
        // A weight that the program itself sets stays in the program: only the VirtualService can be reset.
        const isUnwritable = opened.config.rollout.weightKey === undefined;
        const parts = { ports, log, polling: newPolling(), signal };
        const context = { ...parts, emergency: emergency || isUnwritable };
        const ended = await rollBack(context, `requested by ${opened.by}`);
        await finish(context, ended);
        await publisher.idle();
        // Events are an extra: nothing here depends on them.
        await events.flush();
        const left = await deleteJobs(opened, log.status.started);
        const outcome = `${OUTCOME_TEXT[ended.outcome].toLowerCase()}: ${ended.reason}`;
        const text = left === undefined ? outcome : `${outcome}\n${left}`;
        return { exitCode: ended.outcome === "rolledBack" ? 0 : 1, text };
    } finally {
        progress.stop();
        await lease.release().catch(() => undefined);
        await close();
    }
}

async function driverRuns({ cluster, place }: Opened): Promise<boolean> {
    try {
        return (await readLease(cluster, place, systemClock.now()))?.live ?? false;
    } catch {
        return false;
    }
}

/** The log of a rollout that has not ended, or a new log if there is none. */
async function openLog(opened: Opened, watchers: readonly Watcher[]) {
    const last = await openLastRollout(opened.journals, systemClock);
    if (last !== undefined) {
        const { journal, status } = last;
        const close = () => journal.close();
        if (status.ended === undefined) {
            return { log: RolloutLog.resume(journal, watchers), close };
        }
        await close();
    }
    const started = await startedByHand(opened);
    const journal = await openJournal(opened.journals, started.id, systemClock);
    const log = await RolloutLog.begin(journal, started, watchers);
    return { log, close: () => journal.close() };
}

/** The first record of a rollout without a driver. */
export async function startedByHand({ config, engine, stack }: Opened): Promise<Started> {
    const weight = await engine.configuredWeight();
    const identity = { stack, toolVersion: version(), links: ciLinks(process.env) };
    return startedWithoutMetrics(config, weight, identity, systemClock.now());
}

/** Ports that a rollback without a driver does not need. */
const UNUSED: Pick<Ports, "metrics" | "gates" | "notifier"> = {
    metrics: { fetch: async () => ({ ok: false, problem: "empty", reason: "not polled" }) },
    gates: { ask: async () => [], requestLoad: async () => [] },
    notifier: { send: () => undefined, flush: async () => [] },
};

/** Tells the driver to advance. If no driver runs, swaps the roles at 100 %. */
export async function promoteCommand(flags: RolloutFlags): Promise<CommandResult> {
    const opened = await openRollout(flags);
    if (await driverRuns(opened)) return { exitCode: 0, text: await send(opened, "promote") };
    const { engine, config } = opened;
    const { name, stable, canary, weightKey, workloads } = config.rollout;
    if (weightKey === undefined) throw new Error(noWeightKey(name));
    const weight = await engine.configuredWeight();
    if (weight !== 100) {
        throw new Error(
            `${weightKey}: expected 100 to swap the roles, got ${weight}. First run the rollout: \`istio-canary run\`.`,
        );
    }
    const restore = () => engine.setConfig({ stable, canary, weight });
    await engine.setConfig({ stable: canary, canary: stable, weight: 0 });
    const previewed = await engine.preview();
    if (!previewed.ok) {
        await restore();
        return { exitCode: previewed.why === "refused" ? 1 : 2, text: previewed.reason };
    }
    const updated = await engine.update();
    if (!updated.ok) return { exitCode: 2, text: updated.reason };
    const free = workloads?.[stable];
    const next =
        free === undefined
            ? "remove it from the config once it is idle (docs/workload/promotion.md)"
            : `the owner of ${free.kind} ${free.name} can deploy the next release to it (docs/workload/existing-workloads.md)`;
    const text = `${canary} is now the stable version and gets every request. ${stable} still runs; ${next}.`;
    return { exitCode: 0, text };
}
