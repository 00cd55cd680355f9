// One process of the driver, from its start to its end: what `istio-canary run`, `run --resume` and `rollback` do.
import type { JournalRecord, RecordBody } from "../../../canary/analysis/record/record";
import { journalIn, type OpenJournal } from "../../../canary/driver/journal/journal";
import { readLines } from "../../../canary/driver/journal/journalLines";
import { newPolling, type Run } from "../../../canary/driver/loop/context";
import { preflight, startedWithoutMetrics } from "../../../canary/driver/loop/preflight";
import { resume } from "../../../canary/driver/loop/resume";
import { rollBack } from "../../../canary/driver/loop/rollback";
import { RolloutLog } from "../../../canary/driver/loop/rolloutLog";
import { finish, run } from "../../../canary/driver/loop/run";
import { statusPublisher } from "../../../canary/driver/loop/statusPublisher";
import type { Journal, Ports } from "../../../canary/driver/ports";
import { configOf, portsOf } from "./ports";
import type { Life } from "./scheduler";
import type { World } from "./world";

export type Mode = "run" | "resume" | "rollback";

const IDENTITY = { stack: "dev", toolVersion: "0.0.0" };

/** The newest rollout on disk that has begun; a journal whose first record was lost is no rollout. */
export function lastRollout({ disk }: World) {
    for (const name of [...disk.names].reverse()) {
        const { records } = readLines(disk.read(name), name);
        const ended = records.findLast((record) => record.type === "ended");
        if (records.length > 0) return { name, records, ended };
    }
    return undefined;
}

/** Runs a command to its end. @throws whatever ends the process. */
export async function drive(world: World, life: Life, mode: Mode, stop: AbortSignal) {
    const ports = portsOf(world, life);
    const acquired = ports.lease.acquire();
    // A rollback does not wait for the Lease.
    await (mode === "rollback" ? acquired.catch(() => undefined) : acquired);
    world.log(() => `${life.holder} begins: ${mode}`);
    try {
        const { journal, log } = await openLog(world, life, ports, mode);
        try {
            await work({ ports, log, polling: newPolling(), signal: stop, ...flags(world) }, mode);
            world.live = log.status;
        } finally {
            await journal.close();
        }
    } finally {
        await ports.lease.release().catch(() => undefined);
    }
}

const flags = ({ scenario: { emergency } }: World) => ({ emergency });

async function openLog(world: World, life: Life, ports: Ports, mode: Mode) {
    const watchers = [statusPublisher(ports.lease)];
    const last = mode === "run" ? undefined : lastRollout(world);
    if (last !== undefined && last.ended === undefined) {
        const journal = await open(world, life, last.name, ports);
        const resumed = world.bug === "recounts" ? withoutCursors(journal) : journal;
        const log = RolloutLog.resume(resumed, watchers);
        if (world.bug === "restartsLadder") {
            const [weight = 0] = log.status.started.ladder;
            await log.append({ type: "phase", weight, step: "wanted" });
        }
        return { journal, log };
    }
    const started =
        mode === "run"
            ? (await preflight(ports, IDENTITY)).started
            : startedWithoutMetrics(
                  configOf(world),
                  await ports.engine.configuredWeight(),
                  IDENTITY,
                  ports.clock.now(),
              );
    const journal = await open(world, life, started.id, ports);
    return { journal, log: await RolloutLog.begin(journal, started, watchers) };
}

async function work(context: Run, mode: Mode): Promise<void> {
    if (mode === "run") await run(context);
    else if (mode === "resume") await resume(context);
    else await finish(context, await rollBack(context, "requested by ada"));
}

async function open(world: World, life: Life, name: string, { clock }: Ports) {
    const journal = await journalIn(world.disk.open(name, life.call), name, clock);
    return observed(world, life, name, journal);
}

/** The same journal; the world learns of each record once its append has resolved. */
function observed(world: World, life: Life, name: string, journal: OpenJournal): OpenJournal {
    const acknowledged = world.acknowledged.get(name) ?? [...journal.records];
    world.acknowledged.set(name, acknowledged);
    return {
        file: name,
        records: journal.records,
        close: () => journal.close(),
        async append(body: RecordBody): Promise<JournalRecord> {
            const record = await journal.append(body);
            if (!life.isAlive) return record;
            acknowledged[record.seq - 1] = record;
            const isConfirmed = record.type === "rollback" && record.step === "engine" && record.ok;
            if (isConfirmed) world.confirmedAt = world.now;
            world.log(() => textOf(record));
            return record;
        },
    };
}

function textOf(record: JournalRecord): string {
    const { seq, at: _, ...rest } = record;
    if (rest.type !== "sample") return `record ${seq}: ${JSON.stringify(rest)}`;
    const { decision, weight, problem } = rest;
    return `record ${seq}: sample at ${weight}, ${problem ?? decision.verdict}: ${decision.action}: ${decision.reason}`;
}

/** Planted bug: forgets how far the counters were read. */
function withoutCursors(journal: Journal): Journal {
    const empty = { requests: {}, durations: {}, received: {}, custom: {}, polledAt: 1 };
    const records = journal.records.map((record) =>
        record.type === "sample" || record.type === "started"
            ? { ...record, cursors: empty }
            : record,
    );
    return { records, append: (body) => journal.append(body) };
}
