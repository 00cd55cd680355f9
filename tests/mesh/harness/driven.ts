// `istio-canary run` as a user starts it, under live traffic: what it did, and what its users saw of it.
import { setTimeout as sleep } from "node:timers/promises";
import { type ExecaChildProcess, execa } from "execa";
import type { JournalRecord, Outcome } from "../../../canary/analysis/record/record";
import { CHECKOUT, COMMAND } from "../../../dev/checkout";
import { failed } from "../../../dev/sandbox/demo/requests";
import type { StackConfig } from "../../../dev/sandbox/demo/stack";
import type { LiveRollout } from "./liveRollout";

export interface Driven {
    readonly exitCode: number;
    readonly outcome: Outcome | undefined;
    readonly reason: string;
    readonly records: readonly JournalRecord[];
    /** Weights that were routed, in order. */
    readonly weights: readonly number[];
    /** Seconds from the first request that the canary got to weight 0 in the client's proxy; undefined without a way back. */
    readonly seconds: number | undefined;
    /** Requests of the client since it began, and how many of them failed. */
    readonly requests: number;
    readonly failed: number;
    /** Failed requests that were sent after the client's proxy had weight 0 again. */
    readonly failedAfter: number;
    readonly stderr: string;
}

/** A driver that runs; its records arrive as it writes them. */
export class RunningDriver {
    readonly records: JournalRecord[] = [];
    readonly startedAt = Date.now();
    readonly child: ExecaChildProcess;
    private listeners: (() => void)[] = [];

    constructor(
        private readonly live: LiveRollout,
        flags: readonly string[] = [],
        env: NodeJS.ProcessEnv = {},
    ) {
        const args = [COMMAND, "run", "--stack", live.namespace, "--json", ...flags];
        this.child = execa(process.execPath, args, {
            cwd: CHECKOUT,
            env: { ...live.target.env, ...env },
            stdin: "ignore",
            reject: false,
        });
        let rest = "";
        this.child.stdout?.on("data", (data: Buffer) => {
            const lines = (rest + data.toString()).split("\n");
            rest = lines.pop() ?? "";
            this.records.push(...lines.map((line) => JSON.parse(line)));
            for (const heard of this.listeners) heard();
        });
    }

    /** The first record that is like this, as soon as it is written. @throws Error when the driver ends without one. */
    async until(what: (record: JournalRecord) => boolean): Promise<JournalRecord> {
        for (;;) {
            const found = this.records.find(what);
            if (found !== undefined) return found;
            const heard = new Promise<"heard">((resolve) => {
                this.listeners.push(() => resolve("heard"));
            });
            const ended = this.child.then(({ stderr }) => ({ stderr }));
            const next = await Promise.race([heard, ended]);
            if (next !== "heard" && this.records.find(what) === undefined) {
                throw new Error(`The driver ended: ${next.stderr}`);
            }
        }
    }

    /** Waits for its end, and for what the client saw of it. */
    async end(): Promise<Driven> {
        const { exitCode, stderr } = await this.child;
        return drivenOf(this.live, this.startedAt, this.records, exitCode, stderr);
    }
}

export async function drivenOf(
    live: LiveRollout,
    startedAt: number,
    records: readonly JournalRecord[],
    exitCode: number,
    stderr: string,
): Promise<Driven> {
    const ended = records.findLast((record) => record.type === "ended");
    const outcome = ended?.type === "ended" ? ended.outcome : undefined;
    const route = outcome === "rolledBack" ? await live.routed(0, "v2") : undefined;
    // Requests that were under way when it ended have come back by then.
    await sleep(2_000);
    const requests = live.client.requests.filter(({ at }) => at >= startedAt);
    const wanted = records.find((record) => record.type === "phase" && record.step === "previewed");
    const first = requests.find(
        (request) =>
            request.at >= (wanted?.at ?? 0) && (request.version === "v2" || failed(request)),
    );
    return {
        exitCode,
        outcome,
        reason: ended?.type === "ended" ? ended.reason : "",
        records,
        weights: records.flatMap((record) =>
            record.type === "phase" && record.step === "routed" ? [record.weight] : [],
        ),
        seconds: route && first ? (route.since - first.at) / 1_000 : undefined,
        requests: requests.length,
        failed: requests.filter(failed).length,
        failedAfter: route
            ? requests.filter((request) => request.at >= route.settled && failed(request)).length
            : 0,
        stderr,
    };
}

/** What Fortio's echo server answers by default, as its own parameters say it. */
export function answering(version: StackConfig["versions"]["v1"], parameters: string): void {
    version.args = version.args?.map((arg) =>
        arg.replace(/(X-Version:v[12]).*$/, `$1${parameters === "" ? "" : `&${parameters}`}`),
    );
}

/** For a rollout of minutes: looks at every scrape, and a short bake. */
export function quickAnalysis(config: StackConfig, more: object = {}): void {
    config["canary:analysis"] = { interval: "5s", bake: "20s", ...more };
}
