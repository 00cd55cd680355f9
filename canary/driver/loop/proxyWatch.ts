/** Reads the proxies every second beside the loop, and wakes it on overwhelming evidence against the canary. */
import { type LastReads, type ProxyReading, proxyReading } from "../../analysis/counts/proxyCounts";
import { judgeProxies, PROXY_READINGS } from "../../analysis/decision/judgeProxies";
import type { ProxiesRecord } from "../../analysis/record/record";
import type { Run } from "./context";

const INTERVAL_MS = 1_000;

export class ProxyWatch {
    /** Aborts on the verdict. */
    readonly alarm: AbortSignal;
    private readonly raised = new AbortController();
    private readonly stopped = new AbortController();
    private readonly notes: string[] = [];
    private found: ProxiesRecord | undefined;
    private last: LastReads = new Map();
    private readings: readonly ProxyReading[] = [];

    private constructor(private readonly run: Pick<Run, "log" | "ports" | "signal">) {
        this.alarm = this.raised.signal;
    }

    /** Reads nothing if there is no port for it. */
    static start(run: Pick<Run, "log" | "ports" | "signal">): ProxyWatch {
        const watch = new ProxyWatch(run);
        // A failure here must not end the rollout; Prometheus' samples go on.
        watch.watch().catch((error: unknown) => {
            watch.notes.push(`The proxies are no longer read: ${error}`);
        });
        return watch;
    }

    /** Appends what there is to record, on behalf of the loop, which alone writes the log. @returns the verdict, once. */
    async take(): Promise<ProxiesRecord | undefined> {
        const { log } = this.run;
        for (const text of this.notes.splice(0)) await log.append({ type: "note", text });
        const found = this.found;
        this.found = undefined;
        if (found !== undefined) await log.append(found);
        return found;
    }

    /** Does not wait for a read that is under way. */
    stop(): void {
        this.stopped.abort();
    }

    private async watch(): Promise<void> {
        const { ports, signal } = this.run;
        const { proxies, clock } = ports;
        const either = AbortSignal.any([signal, this.stopped.signal]);
        while (proxies !== undefined && !either.aborted && !this.alarm.aborted) {
            const began = clock.elapsed();
            const { writtenWeight, pending } = this.run.log.status;
            if (writtenWeight > 0 || pending !== undefined) {
                const { reads, problems } = await proxies.read(either);
                this.notes.push(...problems);
                if (!either.aborted) this.judge(reads);
            }
            await clock.sleep(Math.max(0, began + INTERVAL_MS - clock.elapsed()), either);
        }
    }

    private judge(reads: Parameters<typeof proxyReading>[1]): void {
        const { started, writtenWeight: weight } = this.run.log.status;
        const { reading, last } = proxyReading(
            this.last,
            reads,
            started,
            this.run.ports.clock.now(),
        );
        this.last = last;
        this.readings = [...this.readings, reading].slice(-PROXY_READINGS);
        const verdict = judgeProxies(started, this.readings);
        if (verdict.action !== "rollback") return;
        this.found = { type: "proxies", weight, readings: this.readings, verdict };
        this.raised.abort();
    }
}
