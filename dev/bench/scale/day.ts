// A day of a driver in a process of its own, by a simulated clock: the real run loop, statistics, journal and own metrics.
// node --expose-gc --require tsx/cjs dev/bench/scale/day.ts HOURS   prints one JSON line per point; dev/bench/scale.ts runs it.
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Series } from "../../../canary/analysis/counts/observation";
import { openJournal } from "../../../canary/driver/journal/journal";
import { newPolling } from "../../../canary/driver/loop/context";
import { RolloutLog } from "../../../canary/driver/loop/rolloutLog";
import { run } from "../../../canary/driver/loop/run";
import { createDriverMetrics } from "../../../canary/driver/metrics/driverMetrics";
import type { Journal, Ports } from "../../../canary/driver/ports";
import { started } from "../../../tests/fixtures/analysis/settings";

export interface DayPoint {
    readonly looks: number;
    /** Of JavaScript's heap, after a collection. */
    readonly heapMB: number;
    readonly residentMB: number;
    /** Of the journal on disk, per look since the point before. */
    readonly journalBytesPerLook: number;
    /** Of processor time, per look since the point before. */
    readonly cpuMsPerLook: number;
}

const START = Date.UTC(2026, 10, 21);
const SCRAPE_MS = 5_000;
const CALLERS = 3;
/** A caller's pod is replaced by another: a day has deployments and autoscaling. */
const POD_MS = 10 * 60_000;
/** As Istio's histogram has them. */
const BUCKETS = ["1", "5", "10", "25", "50", "100", "250", "500", "1000", "5000", "+Inf"];
const POINTS = 12;

/** What Prometheus would answer at `now`: raw counters of the last `seconds`, of callers that come and go. */
export function scraped(now: number, seconds: number): { requests: Series[]; durations: Series[] } {
    const requests: Series[] = [];
    const durations: Series[] = [];
    for (let caller = 0; caller < CALLERS; caller++) {
        // Each is replaced in its turn, and was scraped last before that.
        const offset = (caller * POD_MS) / CALLERS;
        const first = Math.floor((now - 1_000 * seconds - START + offset) / POD_MS);
        const last = Math.floor((now - START + offset) / POD_MS);
        for (let pod = Math.max(0, first); pod <= last; pod++) {
            const from = START + pod * POD_MS - offset;
            const times: number[] = [];
            const begin = Math.max(from, START, now - 1_000 * seconds);
            for (
                let at = Math.ceil(begin / SCRAPE_MS) * SCRAPE_MS;
                at <= Math.min(now, from + POD_MS - 1);
                at += SCRAPE_MS
            ) {
                times.push(at);
            }
            if (times.length === 0) continue;
            const labels = { pod: `caller-${caller}-${pod}`, instance: `10.0.0.${caller}:15090` };
            for (const [version, rate] of [
                ["v1", 30],
                ["v2", 3],
            ] as const) {
                const counted = (share: number) =>
                    times.map(
                        (at) =>
                            [
                                at,
                                Math.round(((at - Math.max(from, START)) / 1_000) * rate * share),
                            ] as const,
                    );
                const of = { ...labels, destination_version: version };
                requests.push({ labels: { ...of, response_code: "200" }, samples: counted(0.999) });
                requests.push({ labels: { ...of, response_code: "503" }, samples: counted(0.001) });
                BUCKETS.forEach((le, index) => {
                    const samples = counted(Math.min(1, 0.5 + index / 10));
                    durations.push({ labels: { ...of, response_code: "200", le }, samples });
                });
            }
        }
    }
    return { requests, durations };
}

/** Ends a day that is over. */
class DayOver extends Error {}

async function main(hours: number): Promise<void> {
    const folder = await mkdtemp(path.join(tmpdir(), "bench-day-"));
    let now = START;
    const clock = {
        now: () => now,
        elapsed: () => now,
        sleep: async (milliseconds: number) => {
            now += milliseconds;
        },
    };
    const about = started(
        { deadline: "168h", maxTotal: "168h" },
        { bounds: [50, 250], rate: 99, startedAt: START, weight: 10 },
    );
    const journal = await openJournal({ project: folder, stack: "bench" }, about.id, clock);
    const own = createDriverMetrics(about);
    let looks = 0;
    const wanted = Math.round((hours * 3_600_000) / SCRAPE_MS);
    const point = pointsOf(journal.file);
    const ports: Ports = {
        clock,
        metrics: {
            fetch: async (seconds) => ({
                ok: true,
                window: { askedAt: now, ...scraped(now, seconds), received: [], custom: {} },
            }),
        },
        engine: {
            config: () => Promise.reject(new Error("not asked")),
            configuredWeight: async () => about.weight,
            setConfig: async () => {},
            preview: async () => ({ ok: true, seconds: 0, notes: [] }),
            update: async () => ({ ok: true, seconds: 0, notes: [] }),
            unlock: async () => ({ cleared: false, reason: "not asked" }),
        },
        mesh: {
            written: async () => ({ shares: { v1: 90, v2: 10 }, stable: "v1" }),
            hasRouteKind: async () => true,
            resetWeights: async () => {},
            others: () => Promise.reject(new Error("not asked")),
            pods: async () => ({ ready: 1, wanted: 1 }),
        },
        propagation: { wait: async () => ({ seconds: 0, evidence: "simulated" }) },
        lease: {
            acquire: async () => {},
            release: async () => {},
            lost: new AbortController().signal,
            // A person holds it where it is, so that it looks all day.
            controls: async () => (looks === 1 ? [{ id: "1", control: "pause", by: "bench" }] : []),
            recorded: () => {},
            show: async () => {},
        },
        gates: { ask: async () => [], requestLoad: async () => [] },
        notifier: { send: () => undefined, flush: async () => [] },
    };
    const counted: Journal = {
        records: journal.records,
        async append(body) {
            const record = await journal.append(body);
            if (body.type === "sample") {
                looks++;
                if (looks % Math.round(wanted / POINTS) === 0) await point(looks);
                if (looks >= wanted) throw new DayOver();
            }
            return record;
        },
    };
    try {
        const log = await RolloutLog.begin(counted, about, [own]);
        await run({
            ports,
            log,
            polling: newPolling(),
            signal: new AbortController().signal,
            emergency: false,
        });
        throw new Error(`The rollout ended after ${looks} looks; it was to last all day.`);
    } catch (error) {
        if (!(error instanceof DayOver)) throw error;
    } finally {
        await journal.close();
        await rm(folder, { recursive: true });
    }
}

function pointsOf(file: string): (looks: number) => Promise<void> {
    let [before, bytes, cpu] = [0, 0, process.cpuUsage()];
    return async (looks) => {
        const { size } = await stat(file);
        const used = process.cpuUsage(cpu);
        globalThis.gc?.();
        const memory = process.memoryUsage();
        const each = looks - before;
        const found: DayPoint = {
            looks,
            heapMB: round(memory.heapUsed / 1e6),
            residentMB: round(memory.rss / 1e6),
            journalBytesPerLook: Math.round((size - bytes) / each),
            cpuMsPerLook: round((used.user + used.system) / 1_000 / each),
        };
        console.log(JSON.stringify(found));
        [before, bytes, cpu] = [looks, size, process.cpuUsage()];
    };
}

function round(value: number): number {
    return Math.round(value * 100) / 100;
}

if (require.main === module) {
    main(Number(process.argv[2])).catch((error: unknown) => {
        console.error(error);
        process.exitCode = 2;
    });
}
