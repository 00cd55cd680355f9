// Pods that follow the weight, with the config of docs/workload/capacity.md, while requests flow.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { type ExecaChildProcess, execa } from "execa";
import { eventually } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { LiveRollout } from "../harness/liveRollout";

const namespace = "mesh-capacity";

/** The canary's Deployment as it was written; versions count every write in the cluster, so that they tell an order. */
interface Written {
    readonly version: number;
    readonly replicas: number;
    readonly ready: number;
}

const FORMAT =
    'jsonpath={.metadata.resourceVersion} {.spec.replicas} 0{.status.readyReplicas}{"\\n"}';

describe("capacity", () => {
    let live: LiveRollout;
    let watch: ExecaChildProcess;
    const written: Written[] = [];

    before(async () => {
        live = await LiveRollout.start({
            namespace,
            config: (config) =>
                Object.assign(config, docsConfig("workload/capacity.md"), {
                    ladder: [10, 50, 100],
                }),
        });
        watch = execa(
            live.target.kubectlFile,
            ["get", "deployment", "web-v2", "-n", namespace, "--watch", "-o", FORMAT],
            { env: live.target.env, reject: false, buffer: false },
        );
        if (watch.stdout) {
            createInterface(watch.stdout).on("line", (line) => {
                const [version = 0, replicas = 0, ready = 0] = line.split(" ").map(Number);
                written.push({ version, replicas, ready });
            });
        }
    });

    after(async () => {
        watch?.kill();
        await live?.stop();
    });

    /** Pods of a slot that are there and not told to end. */
    async function pods(slot: string): Promise<number> {
        const { stdout } = await live.target.kubectl([
            ...["get", "pods", "-n", namespace, "-l", `app=web,version=${slot}`],
            ...[
                "-o",
                'jsonpath={range .items[*]}{.metadata.name}:{.metadata.deletionTimestamp}{"\\n"}{end}',
            ],
        ]);
        return stdout.split("\n").filter((line) => line.endsWith(":")).length;
    }

    async function routeVersion(): Promise<number> {
        const { stdout } = await live.target.kubectl([
            ...["get", "virtualservice", "web", "-n", namespace],
            ...["-o", "jsonpath={.metadata.resourceVersion}"],
        ]);
        return Number(stdout);
    }

    const canarys = (what: string, found: (one: Written) => boolean): Promise<Written> =>
        eventually(
            what,
            30,
            async () => written.find(found),
            (one) => one !== undefined,
        ).then((one) => one as Written);

    it("starts with the canary's own pods, and all of the stable's", async () => {
        assert.deepEqual([await pods("v1"), await pods("v2")], [4, 1]);
    });

    it("raises the canary's pods before its weight", async () => {
        await live.shift(10);
        assert.equal(await pods("v2"), 1);
        await live.shift(50);
        assert.deepEqual([await pods("v1"), await pods("v2")], [4, 2]);
        const ready = await canarys("both pods ready", (one) => one.ready === 2);
        assert.ok(ready.version < (await routeVersion()), "pods are ready, then the route");
        await live.requests(300);
    });

    it("lowers them after it", async () => {
        const before = written.at(-1)?.version ?? 0;
        await live.shift(0);
        const lowered = await canarys(
            "one pod wanted",
            ({ version, replicas }) => version > before && replicas === 1,
        );
        assert.ok((await routeVersion()) < lowered.version, "the route, then the pods");
        await eventually(
            "one pod of the canary",
            60,
            () => pods("v2"),
            (count) => count === 1,
        );
        await live.requests(300);
    });

    it("fails no request in all that", () => {
        assert.deepEqual(live.failures(), []);
    });

    it("changes nothing when nothing changed", async () => {
        const { output } = await live.up();
        assert.doesNotMatch(output, /to (create|update|delete|replace)/);
    });
});
