// `istio-canary run`: the driver, with everything that it needs of the world.

import { milliseconds } from "../../analysis/decision/rolloutSettings";
import type { JournalRecord, Outcome, Started } from "../../analysis/record/record";
import { replay } from "../../analysis/record/replay";
import { createGates } from "../../driver/gates/gates";
import { kubernetesLease } from "../../driver/lease/lease";
import type { Run } from "../../driver/loop/context";
import { Stopped } from "../../driver/loop/context";
import { preflight } from "../../driver/loop/preflight";
import { resumed } from "../../driver/loop/resume";
import { freshProgress, run } from "../../driver/loop/run";
import { createOwnMetrics } from "../../driver/metrics/driverMetrics";
import { serveMetrics } from "../../driver/metrics/server";
import { createNotifier } from "../../driver/notifications/notifier";
import type { Journal, Ports, Watcher } from "../../driver/ports";
import { createProgress } from "../progress";
import { version } from "../version";
import { withInterrupts } from "./interrupts";
import {
    latestJournal,
    metricsPorts,
    type Opened,
    openJournal,
    openRollout,
    systemClock,
} from "./open";

export interface RunFlags {
    readonly stack?: string;
    readonly resume: boolean;
    readonly emergency: boolean;
    readonly json: boolean;
    readonly metricsPort?: number;
    readonly metricsHost: string;
}

const EXIT: Record<Outcome, number> = { promoted: 0, rolledBack: 1, held: 1 };

/** How long the end waits for notifications. */
const FLUSH_MS = 5_000;

/** @returns the exit code: 0 promoted, 1 rolled back, held or stopped. @throws Error when it could not begin. */
export async function runCommand(flags: RunFlags): Promise<number> {
    const opened = await openRollout(flags.stack);
    const { cluster, place, hostEnded } = opened;
    const lease = kubernetesLease(cluster, place, systemClock, hostEnded);
    await lease.acquire();
    try {
        return await driven(opened, { ...basicPorts(opened), lease }, flags);
    } finally {
        await lease.release();
    }
}

type Basic = Omit<Ports, "journal" | "gates" | "notifier" | "watchers">;

function basicPorts(opened: Opened): Omit<Basic, "lease"> {
    const { engine, mesh } = opened;
    return { clock: systemClock, engine, mesh, ...metricsPorts(opened) };
}

async function driven(opened: Opened, basic: Basic, flags: RunFlags): Promise<number> {
    const { journal, about, before, close } = flags.resume
        ? await lastJournal(opened)
        : await newJournal(opened, basic);
    const { place, stack, config } = opened;
    const stream = flags.json ? process.stdout : process.stderr;
    const progress = createProgress({ stream, json: flags.json, before });
    const own = createOwnMetrics(place);
    for (const record of before) own.saw(record);
    const server =
        flags.metricsPort === undefined
            ? undefined
            : await serveMetrics(own.registry, {
                  port: flags.metricsPort,
                  host: flags.metricsHost,
              });
    const notifier = createNotifier({
        receivers: config.driver.notifications,
        about: { ...place, stack },
        clock: basic.clock,
    });
    const watchers: Watcher[] = [progress, own];
    const ports: Ports = {
        ...basic,
        engine: own.counted(basic.engine),
        journal: watchedJournal(journal, watchers),
        gates: createGates({
            gates: config.driver.gates,
            clock: basic.clock,
            interval: milliseconds(about.analysis.interval),
            about: { ...place, stack, id: about.id },
        }),
        notifier,
        watchers,
    };
    try {
        const ended = await withInterrupts(
            ports.lease,
            about.analysis.onInterrupt,
            opened.by,
            (lease, signal) => {
                const all: Ports = { ...ports, lease };
                const parts = { ports: all, signal, emergency: flags.emergency };
                if (flags.resume) return resumed(parts);
                const context: Run = { ...parts, about, progress: freshProgress(about) };
                notifier.send("started", { id: about.id, weight: about.weight, reason: "begun" });
                return run(context);
            },
        );
        progress.stop();
        process.stderr.write(`${about.id}: ${ended.outcome}: ${ended.reason}\n`);
        return EXIT[ended.outcome];
    } catch (error) {
        progress.stop();
        if (!(error instanceof Stopped)) throw error;
        process.stderr.write(`${about.id}: ${error.message}\n`);
        return 1;
    } finally {
        progress.stop();
        for (const lost of await notifier.flush(FLUSH_MS)) {
            process.stderr.write(`Not delivered: ${lost}\n`);
        }
        await server?.close();
        await close();
    }
}

interface Begun {
    readonly journal: Journal;
    readonly about: Started;
    /** What is on record already. */
    readonly before: readonly JournalRecord[];
    close(): Promise<void>;
}

async function newJournal(opened: Opened, ports: Omit<Basic, "lease">): Promise<Begun> {
    await mustHaveEnded(opened);
    const named = { stack: opened.stack, toolVersion: version() };
    const { about, notes } = await preflight(ports, named);
    const journal = await openJournal(opened.journals, about.id, systemClock);
    const before = [await journal.append(about)];
    for (const text of notes) before.push(await journal.append({ type: "note", text }));
    return { journal, about, before, close: () => journal.close() };
}

/** A rollout that a driver left in the middle is gone on with, not begun anew. */
async function mustHaveEnded({ journals }: Opened): Promise<void> {
    const last = await latestJournal(journals);
    if (last === undefined) return;
    const journal = await openJournal(journals, last, systemClock);
    try {
        if (replay(journal.records).ended !== undefined) return;
    } finally {
        await journal.close();
    }
    throw new Error(
        `Rollout ${last} has not ended: its driver was stopped. Go on with: istio-canary run --resume, or take it back with: istio-canary rollback`,
    );
}

async function lastJournal({ journals, stack }: Opened): Promise<Begun> {
    const last = await latestJournal(journals);
    if (last === undefined) {
        throw new Error(
            `Stack ${stack} has no rollout to go on with. Begin one with: istio-canary run`,
        );
    }
    const journal = await openJournal(journals, last, systemClock);
    const { started, ended } = replay(journal.records);
    if (ended !== undefined) {
        await journal.close();
        throw new Error(
            `Rollout ${last} has ended: ${ended.outcome}. Begin another with: istio-canary run`,
        );
    }
    const before = journal.records;
    return { journal, about: started, before, close: () => journal.close() };
}

function watchedJournal(journal: Journal, watchers: readonly Watcher[]): Journal {
    return {
        records: journal.records,
        async append(body) {
            const record = await journal.append(body);
            for (const watcher of watchers) watcher.saw(record);
            return record;
        },
    };
}
