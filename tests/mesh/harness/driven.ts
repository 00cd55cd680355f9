// Runs `istio-canary run` under live traffic, and reports what the driver did and what the client saw.
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
    /** Routed weights, in order. */
    readonly weights: readonly number[];
    /** Seconds from the canary's first request to weight 0 in the client's proxy; undefined without a rollback. */
    readonly seconds: number | undefined;
    /** The client's requests since the driver started, and how many of them failed. */
    readonly requests: number;
    readonly failed: number;
    /** Failed requests that were sent after the client's proxy had weight 0 again. */
    readonly failedAfter: number;
    readonly stderr: string;
}

/** A running driver; `records` grows as the driver writes them. */
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
            for (const notify of this.listeners) notify();
        });
    }

    /** Waits for the first record that matches. @throws Error if the driver exits without one. */
    async until(what: (record: JournalRecord) => boolean): Promise<JournalRecord> {
        for (;;) {
            const found = this.records.find(what);
            if (found !== undefined) return found;
            const moreRecords = new Promise<"more">((resolve) => {
                this.listeners.push(() => resolve("more"));
            });
            const ended = this.child.then(({ stderr }) => ({ stderr }));
            const next = await Promise.race([moreRecords, ended]);
            if (next !== "more" && this.records.find(what) === undefined) {
                throw new Error(`The driver exited without the expected record: ${next.stderr}`);
            }
        }
    }

    /** Waits for the driver to exit and for the client's last responses. */
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
    // Lets requests finish that were pending when the driver exited.
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

/** Sets the default responses of a version's Fortio echo server, with Fortio's parameters. */
export function answering(version: StackConfig["versions"]["v1"], parameters: string): void {
    version.args = version.args?.map((arg) =>
        arg.replace(/(X-Version:v[12]).*$/, `$1${parameters === "" ? "" : `&${parameters}`}`),
    );
}

/** A canary at weight 0 with these responses, in traffic of `rate` requests a second for twelve seconds. */
export async function redeploy(
    live: LiveRollout,
    rate: number,
    parameters: string,
    analysis: object,
): Promise<void> {
    await live.stack.edit((config) => {
        config.weight = 0;
        quickAnalysis(config, analysis);
        answering(config.versions.v2, parameters);
    });
    await live.stack.up(undefined, ["--skip-preview"]);
    await live.available();
    await live.requests(12 * rate);
}

/** Sets a short interval, warm-up and bake, without a holdback, for a rollout of minutes. */
export function quickAnalysis(config: StackConfig, more: object = {}): void {
    config["canary:analysis"] = {
        interval: "5s",
        bake: "20s",
        holdback: 0,
        warmUp: { errors: "5s", latency: "5s" },
        ...more,
    };
}
