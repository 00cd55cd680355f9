// Commands to a rollout from anywhere: they talk to its driver through the Lease, or act where no driver runs.

import type { Control, Started } from "../../analysis/record/record";
import { replay } from "../../analysis/record/replay";
import { kubernetesLease } from "../../driver/lease/lease";
import type { LeaseView } from "../../driver/lease/leaseView";
import { readLease, requestControl } from "../../driver/lease/leaseView";
import { unlooked } from "../../driver/loop/preflight";
import { rollBack } from "../../driver/loop/rollback";
import { finish, freshProgress } from "../../driver/loop/run";
import type { Ports } from "../../driver/ports";
import { version } from "../version";
import { latestJournal, type Opened, openJournal, openRollout, systemClock } from "./open";

/** Waits for the driver to take a request at most so long. */
const TAKEN_MS = 20_000;

/** `approve`, `pause`, `resume`: only a driver can do these. @throws Error when none runs. */
export async function ask(stack: string | undefined, control: Control): Promise<string> {
    const opened = await openRollout(stack);
    return asked(opened, control);
}

async function asked({ cluster, place, by }: Opened, control: Control): Promise<string> {
    const id = await requestControl(cluster, place, control, by, systemClock.now());
    const until = systemClock.now() + TAKEN_MS;
    while (systemClock.now() < until) {
        const view = await readLease(cluster, place, systemClock.now());
        if (!view?.waiting.some((one) => one.id === id)) {
            return `${control}: taken by ${view?.holder ?? "the driver, which has ended"}`;
        }
        await systemClock.sleep(500);
    }
    return `${control}: asked; the driver has not taken it within ${TAKEN_MS / 1_000} s. See: istio-canary status`;
}

/** Weight 0: through the driver that runs, else here. @returns the exit code and what to say. */
export async function rollbackCommand(
    stack: string | undefined,
    emergency: boolean,
): Promise<{ readonly exitCode: number; readonly text: string }> {
    const opened = await openRollout(stack);
    if (await driverRuns(opened)) return { exitCode: 0, text: await asked(opened, "rollback") };
    const lease = kubernetesLease(opened.cluster, opened.place, systemClock);
    // Whoever may have it: a rollback waits for nobody.
    await lease.acquire().catch(() => undefined);
    const { journal, about } = await journalOf(opened);
    try {
        const ports: Ports = {
            clock: systemClock,
            engine: opened.engine,
            mesh: opened.mesh,
            lease,
            journal,
            convergence: { routed: async () => ({ seconds: 0, how: "written" }) },
            metrics: NOTHING.metrics,
            gates: NOTHING.gates,
            notifier: NOTHING.notifier,
            watchers: [],
        };
        const context = {
            ports,
            about,
            progress: { ...freshProgress(about), weight: opened.config.rollout.weight },
            signal: new AbortController().signal,
            emergency,
        };
        const { ended, weight } = await rollBack(context, `${opened.by} asked for it`);
        context.progress.weight = weight;
        await finish(context, ended);
        const text = `${ended.outcome}: ${ended.reason}`;
        return { exitCode: ended.outcome === "rolledBack" ? 0 : 1, text };
    } finally {
        await lease.release().catch(() => undefined);
        await journal.close();
    }
}

async function driverRuns({ cluster, place }: Opened): Promise<boolean> {
    try {
        return (await readLease(cluster, place, systemClock.now()))?.live ?? false;
    } catch {
        return false;
    }
}

/** The journal that a dead driver left, or a new one: a rollout that was driven by hand has none. */
async function journalOf(opened: Opened) {
    const last = await latestJournal(opened.journals);
    if (last !== undefined) {
        const journal = await openJournal(opened.journals, last, systemClock);
        const { started, ended } = replay(journal.records);
        if (ended === undefined) return { journal, about: started };
        await journal.close();
    }
    const about = startedByHand(opened);
    const journal = await openJournal(opened.journals, about.id, systemClock);
    await journal.append(about);
    return { journal, about };
}

/** A rollout that no driver looked at. */
export function startedByHand({ config, stack }: Opened): Started {
    return unlooked(config, { stack, toolVersion: version() }, systemClock.now());
}

/** What a rollback by hand does not need. */
const NOTHING: Pick<Ports, "metrics" | "gates" | "notifier"> = {
    metrics: { fetch: async () => ({ ok: false, problem: "empty", reason: "nobody looked" }) },
    gates: { ask: async () => [], requestLoad: async () => [] },
    notifier: { send: () => undefined, flush: async () => [] },
};

/** Goes on at once where a driver runs; at 100 %, where none does, swaps the roles. */
export async function promoteCommand(
    stack: string | undefined,
): Promise<{ readonly exitCode: number; readonly text: string }> {
    const opened = await openRollout(stack);
    if (await driverRuns(opened)) return { exitCode: 0, text: await asked(opened, "promote") };
    const { weight, stable, canary } = opened.config.rollout;
    if (weight !== 100) {
        throw new Error(
            `istio-canary:weight: must be 100 before the roles are swapped; found ${weight}. Take it up the ladder: istio-canary run`,
        );
    }
    await opened.engine.setConfig({ stable: canary, canary: stable, weight: 0 });
    const previewed = await opened.engine.preview();
    if (!previewed.ok) {
        await opened.engine.setConfig({ stable, canary, weight });
        return { exitCode: previewed.why === "refused" ? 1 : 2, text: previewed.reason };
    }
    const updated = await opened.engine.update();
    if (!updated.ok) return { exitCode: 2, text: updated.reason };
    const text = `${canary} is the stable now, with all requests; ${stable} still runs. When it is idle (docs/workload/promotion.md), take it out of the config.`;
    return { exitCode: 0, text };
}

export interface Status {
    readonly stack: string;
    readonly app: string;
    readonly namespace: string;
    /** In the stack's config; in the VirtualService, or why it could not be read. */
    readonly weight: { readonly configured: number; readonly written: number | string };
    readonly driver: LeaseView | undefined;
}

export async function status(stackOption: string | undefined): Promise<Status> {
    const { cluster, config, mesh, place, stack } = await openRollout(stackOption);
    const { weight, canary } = config.rollout;
    const written = await mesh.written().catch((error: Error) => error);
    const found =
        written instanceof Error
            ? written.message
            : (written?.shares[canary] ?? "no VirtualService");
    return {
        stack,
        ...place,
        weight: { configured: weight, written: found },
        driver: await readLease(cluster, place, systemClock.now()),
    };
}
