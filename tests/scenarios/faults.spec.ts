// `istio-canary run` against a healthy canary and every kind of bad one, on real sidecars at 100 requests a second.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { StackConfig } from "../../dev/sandbox/demo/stack";
import { answering, type Driven, quickAnalysis, RunningDriver } from "../mesh/harness/driven";
import { LiveRollout } from "../mesh/harness/liveRollout";
import { crash, type Pods } from "../mesh/harness/podProcesses";

interface Fault {
    readonly name: string;
    readonly config: (config: StackConfig) => void;
    /** What happens while the driver runs; ends when `over` aborts. */
    readonly meanwhile?: (driver: RunningDriver, pods: Pods, over: AbortSignal) => Promise<void>;
    /** What the reason of the rollback says. */
    readonly reason: RegExp;
}

const v2 = (parameters: string) => (config: StackConfig) =>
    answering(config.versions.v2, parameters);
/** Milliseconds of both versions. */
const delays = (stable: number, canary: number) => (config: StackConfig) => {
    answering(config.versions.v1, `delay=${stable}ms`);
    answering(config.versions.v2, `delay=${canary}ms`);
};

/** Default of `analysis.blast`: share of all requests that may fail because of the canary. */
const BLAST = 0.005;

/** Every 3 s from that weight on. */
const crashing =
    (weight: number, one = false): Fault["meanwhile"] =>
    async (driver, pods, over) => {
        await driver.until((r) => r.type === "phase" && r.weight === weight && r.step === "routed");
        while (!over.aborted) {
            await crash(pods, one);
            await sleep(3_000, undefined, { signal: over });
        }
    };

const FAULTS: readonly Fault[] = [
    { name: "100 % errors", config: v2("status=503:100"), reason: /^errors: / },
    { name: "20 % errors", config: v2("status=503:20"), reason: /^errors: / },
    { name: "5 % errors", config: v2("status=503:5"), reason: /^errors: / },
    { name: "latency 1.5 times", config: delays(40, 60), reason: /^latency: / },
    { name: "latency 5 times", config: delays(40, 200), reason: /^latency: / },
    {
        name: "crash after ready",
        config: v2(""),
        meanwhile: crashing(10),
        reason: /^errors: /,
    },
    {
        name: "errors that begin at 50 %",
        config: v2(""),
        meanwhile: crashing(50),
        reason: /^errors: /,
    },
    {
        name: "20 % cut off by the route's timeout",
        config: (config) => {
            config.timeout = "1s";
            answering(config.versions.v2, "delay=1.5s:20");
        },
        reason: /^errors: /,
    },
    {
        name: "connections refused",
        config: ({ versions }) => {
            versions.v2.args = versions.v2.args?.map((arg) =>
                arg.replace("-http-port=8080", "-http-port=9999"),
            );
            // Ready by what it listens on, which is not what its Service points at.
            versions.v2.probes = {
                readiness: { httpGet: { path: "/?status=200", port: 9999 }, periodSeconds: 1 },
            };
        },
        reason: /^errors: /,
    },
];

describe("istio-canary run", () => {
    let live: LiveRollout;
    let usual: StackConfig;
    const rows: string[] = [];

    before(async function () {
        this.timeout(300_000);
        live = await LiveRollout.start({
            namespace: "mesh-faults",
            rate: 100,
            minutes: 65,
            config: (config) => quickAnalysis(config),
        });
        await live.stack.edit((config) => {
            usual = structuredClone(config);
        });
    });

    after(async () => {
        await live?.stop();
        console.log(rows.join("\n"));
    });

    /** A rollout of its own from weight 0, after the versions are as the fault wants them. */
    async function driven(fault: Pick<Fault, "config" | "meanwhile">): Promise<Driven> {
        await live.stack.edit((config) => {
            for (const key of Object.keys(config)) delete config[key];
            Object.assign(config, structuredClone(usual));
            fault.config(config);
        });
        await live.stack.up(undefined, ["--skip-preview"]);
        await live.available();
        await live.requests(1_200);
        const driver = new RunningDriver(live);
        const over = new AbortController();
        const pods = { target: live.target, namespace: live.namespace, selector: "version=v2" };
        const meanwhile = fault.meanwhile?.(driver, pods, over.signal).catch(() => undefined);
        const result = await driver.end();
        over.abort();
        await meanwhile;
        return result;
    }

    function row(name: string, result: Driven): void {
        const { outcome, weights, seconds, requests, failed, failedAfter } = result;
        const time =
            seconds === undefined ? "" : `${seconds.toFixed(1)} s from first request to weight 0; `;
        rows.push(
            `${name}: ${outcome} (weights ${weights.join(", ")}); ${time}${failed} of ${requests} requests failed, ${failedAfter} after weight 0`,
        );
        console.log(`      ${rows.at(-1)}\n      ${result.reason}`);
    }

    it("promotes a healthy canary without one failed request", async () => {
        const result = await driven({ config: v2("") });
        row("healthy", result);
        assert.equal(result.outcome, "promoted", result.stderr + result.reason);
        assert.equal(result.exitCode, 0);
        assert.deepEqual(result.weights, [10, 25, 50, 100]);
        assert.equal(result.failed, 0);
        await live.stack.set("weight", 0);
        await live.up();
    });

    // The kubelet waits ever longer before it starts the pod again, and Envoy retries: callers may see few failures.
    it("promotes a canary of which one pod of four flaps, only if callers see few failures", async function () {
        // A failure at 100 % may lead back to 50 % and up again.
        this.timeout(900_000);
        const result = await driven({
            config: (config) => {
                answering(config.versions.v2, "");
                config.versions.v2.replicas = 4;
            },
            meanwhile: crashing(10, true),
        });
        row("one of four pods flaps", result);
        if (result.outcome === "rolledBack") assert.match(result.reason, /^errors: /);
        else assert.equal(result.outcome, "promoted", result.stderr + result.reason);
        const share = result.failed / result.requests;
        assert.ok(result.outcome === "rolledBack" || share <= BLAST, String(share));
        assert.equal(result.failedAfter, 0);
    });

    for (const fault of FAULTS) {
        it(`takes back: ${fault.name}`, async () => {
            const result = await driven(fault);
            row(fault.name, result);
            assert.equal(result.outcome, "rolledBack", result.stderr + result.reason);
            assert.equal(result.exitCode, 1);
            assert.match(result.reason, fault.reason);
            assert.equal(result.failedAfter, 0);
        });
    }
});
