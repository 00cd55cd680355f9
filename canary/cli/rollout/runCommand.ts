// `istio-canary run`: the driver with its real ports.

import { milliseconds } from "../../analysis/decision/rolloutSettings";
import type { Outcome, Started } from "../../analysis/record/record";
import { headline } from "../../analysis/report/headline";
import { summarise } from "../../analysis/report/summarise";
import { OUTCOME_TEXT } from "../../analysis/report/wording";
import { ciLinks } from "../../driver/ciLinks";
import { createGates } from "../../driver/gates/createGates";
import { type OpenJournal, openJournal, readJournal } from "../../driver/journal/journal";
import { openLastRollout } from "../../driver/journal/lastRollout";
import { rolloutEvents } from "../../driver/kubernetes/rolloutEvents";
import { kubernetesLease } from "../../driver/lease/lease";
import { newPolling, Stopped } from "../../driver/loop/context";
import { preflight } from "../../driver/loop/preflight";
import { resume } from "../../driver/loop/resume";
import { RolloutLog } from "../../driver/loop/rolloutLog";
import { run } from "../../driver/loop/run";
import { statusPublisher } from "../../driver/loop/statusPublisher";
import { createDriverMetrics } from "../../driver/metrics/driverMetrics";
import { serveMetrics } from "../../driver/metrics/server";
import { createNotifier } from "../../driver/notifications/notifier";
import type { Lease, Ports } from "../../driver/ports";
import { systemClock } from "../../driver/systemClock";
import { createProgress } from "../progress/progress";
import type { RolloutFlags } from "../stackCommand";
import { version } from "../toolVersion";
import { withInterrupts } from "./interrupts";
import { deleteJobs, metricsPorts, type Opened, openRollout } from "./open";

export interface RunFlags extends RolloutFlags {
    readonly resume: boolean;
    readonly json: boolean;
    readonly metricsPort?: number;
    readonly metricsHost: string;
}

const EXIT_CODES: Readonly<Record<Outcome, number>> = { promoted: 0, rolledBack: 1, held: 1 };

/** How long the end of a run waits for pending notifications. */
const FLUSH_MS = 5_000;

/** @returns the exit code: 0 promoted, 1 rolled back, held or stopped. @throws Error if it could not begin. */
export async function runCommand(flags: RunFlags): Promise<number> {
    const opened = await openRollout(flags);
    const { cluster, place, hostEnded } = opened;
    const lease = kubernetesLease(cluster, place, systemClock, hostEnded);
    await lease.acquire();
    try {
        // One set for both, so that the driver knows the callers from the beginning.
        const readers = metricsPorts(opened);
        const begun = flags.resume ? await lastRollout(opened) : await newRollout(opened, readers);
        try {
            return await drive(opened, begun, { lease, ...readers }, flags);
        } finally {
            await begun.journal.close();
        }
    } finally {
        await lease.release();
    }
}

/** A rollout that is about to run. */
interface Begun {
    readonly journal: OpenJournal;
    readonly started: Started;
    /** Recorded first. */
    readonly notes: readonly string[];
}

async function drive(
    opened: Opened,
    { journal, started, notes }: Begun,
    { lease, ...readers }: { lease: Lease } & ReturnType<typeof metricsPorts>,
    flags: RunFlags,
): Promise<number> {
    const { place, stack, config, engine, mesh } = opened;
    const stream = flags.json ? process.stdout : process.stderr;
    const progress = createProgress({ stream, json: flags.json });
    const metrics = createDriverMetrics(place);
    const publisher = statusPublisher(lease);
    const events = rolloutEvents(opened.cluster, config.rollout, systemClock);
    const about = { ...place, stack };
    const notifier = createNotifier({
        receivers: config.driver.notifications,
        about: { ...about, images: imagesOf(started) },
        clock: systemClock,
    });
    const ports: Ports = {
        clock: systemClock,
        engine: metrics.instrument(engine),
        mesh,
        ...readers,
        lease,
        gates: createGates({
            gates: config.driver.gates,
            clock: systemClock,
            interval: milliseconds(started.analysis.interval),
            about: { ...about, id: started.id },
        }),
        notifier,
    };
    const server = await serve(metrics.registry, flags);
    try {
        const watchers = [progress, metrics, publisher, events];
        const log = flags.resume
            ? RolloutLog.resume(journal, watchers)
            : await RolloutLog.begin(journal, started, watchers);
        for (const text of notes) await log.append({ type: "note", text });
        const { onInterrupt } = started.analysis;
        const work = (interruptible: Lease, signal: AbortSignal) => {
            const own = { ports: { ...ports, lease: interruptible }, log, signal };
            const parts = { ...own, emergency: false };
            if (flags.resume) return resume(parts);
            const { id, weight } = started;
            notifier.send("started", { id, weight, reason: "the rollout has started" });
            return run({ ...parts, polling: newPolling() });
        };
        const ended = await withInterrupts(lease, onInterrupt, opened.by, work);
        progress.stop();
        const left = await deleteJobs(opened, started);
        if (left !== undefined) process.stderr.write(`${left}\n`);
        const outcome = OUTCOME_TEXT[ended.outcome].toLowerCase();
        process.stderr.write(`${started.id}: ${outcome}: ${ended.reason}\n`);
        process.stderr.write(await endText(opened, started.id));
        return EXIT_CODES[ended.outcome];
    } catch (error) {
        progress.stop();
        if (!(error instanceof Stopped)) throw error;
        process.stderr.write(`${started.id}: ${error.message}\n`);
        return 1;
    } finally {
        progress.stop();
        await publisher.idle();
        for (const undelivered of await notifier.flush(FLUSH_MS)) {
            process.stderr.write(`Notification not delivered: ${undelivered}\n`);
        }
        const missing = await events.flush();
        if (missing !== undefined) {
            process.stderr.write(`Kubernetes Events are missing: ${missing}\n`);
        }
        await server?.close();
    }
}

function imagesOf({ images, stable, canary }: Started) {
    return { stable: images[stable], canary: images[canary] };
}

/** What happened, in plain words, from the records; empty if they cannot be read, because the rollout has ended all the same. */
async function endText({ journals }: Opened, id: string): Promise<string> {
    try {
        const { records } = await readJournal(journals, id);
        const report = `istio-canary report ${id} --output report.html`;
        return `${headline(summarise(records))}\nReport: ${report}\n`;
    } catch {
        return "";
    }
}

async function serve(
    registry: Parameters<typeof serveMetrics>[0],
    { metricsPort: port, metricsHost: host }: RunFlags,
) {
    if (port === undefined) return undefined;
    const server = await serveMetrics(registry, { port, host });
    process.stderr.write(`Metrics: ${server.url}/metrics\n`);
    return server;
}

async function newRollout(opened: Opened, { metrics }: Pick<Ports, "metrics">): Promise<Begun> {
    const { engine, mesh, stack, journals } = opened;
    await throwIfUnfinished(opened);
    const ports = { clock: systemClock, engine, mesh, metrics };
    const identity = { stack, toolVersion: version(), links: ciLinks(process.env) };
    const { started, notes } = await preflight(ports, identity);
    return { journal: await openJournal(journals, started.id, systemClock), started, notes };
}

/** @throws Error if the last rollout has not ended: it must be resumed or rolled back first. */
async function throwIfUnfinished({ journals }: Opened): Promise<void> {
    const last = await openLastRollout(journals, systemClock);
    await last?.journal.close();
    if (last === undefined || last.status.ended !== undefined) return;
    throw new Error(
        `Rollout ${last.id} has not ended, because its driver was stopped. Continue it with \`istio-canary run --resume\`, or roll it back with \`istio-canary rollback\`.`,
    );
}

async function lastRollout({ journals, stack }: Opened): Promise<Begun> {
    const last = await openLastRollout(journals, systemClock);
    if (last === undefined) {
        throw new Error(
            `Stack ${stack} has no rollout to resume. Begin one with \`istio-canary run\`.`,
        );
    }
    const { id, journal, status } = last;
    const { started, ended } = status;
    if (ended === undefined) return { journal, started, notes: [] };
    await journal.close();
    throw new Error(
        `Rollout ${id} has ended (${OUTCOME_TEXT[ended.outcome].toLowerCase()}). Begin another with \`istio-canary run\`.`,
    );
}
