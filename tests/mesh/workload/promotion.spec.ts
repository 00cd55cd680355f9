// docs/workload/promotion.md as its user goes through it, with requests all the while.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type StackConfig, withPack } from "../../../dev/sandbox/demo/stack";
import { slotRequestsQuery } from "../harness/callers/slotRequests";
import { eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { LiveRollout } from "../harness/liveRollout";
import { PodWatch } from "../harness/podWatch";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-promotion";

describe("a promotion", () => {
    let live: LiveRollout;
    let watch: PodWatch | undefined;
    let folder: string;
    let release: StackConfig["versions"]["v1"];

    before(async () => {
        folder = await mkdtemp(path.join(tmpdir(), "promotion-"));
        live = await LiveRollout.start({
            namespace,
            config: (config) => {
                config.ladder = [50, 100];
                // So long that the next release comes while the last one's pods end.
                config.drain = "30s";
                config.versions.v1.replicas = 2;
                release = structuredClone(config.versions.v1);
            },
        });
    });

    afterEach(() => watch?.stop());

    after(async () => {
        await live?.stop();
        await rm(folder, { recursive: true });
    });

    it("is refused before the canary has every request", async () => {
        await live.shift(50);
        await live.stack.edit((config) =>
            Object.assign(
                config,
                docsConfig("workload/promotion.md", { heading: "1. Swap the roles" }),
            ),
        );
        const output = await live.refused();
        assert.match(
            output,
            /role-swap.*stable: expected v1, because the last update gave v2 50 % of the requests, got "v2"/,
        );
        await live.stack.edit((config) =>
            Object.assign(config, { stable: "v1", canary: "v2", weight: 50 }),
        );
    });

    it("moves no request and no pod when the roles are swapped at 100", async () => {
        await live.shift(100);
        const before = await pods();
        await live.stack.edit((config) =>
            Object.assign(
                config,
                docsConfig("workload/promotion.md", { heading: "1. Swap the roles" }),
            ),
        );
        const { output } = await live.up();
        assert.match(output, /~ 3 updated/);
        assert.deepEqual(await pods(), before);
        const since = Date.now();
        await live.requests(100);
        const answered = live.client.requests.filter(({ at }) => at >= since);
        assert.deepEqual([...new Set(answered.map(({ version }) => version))], ["v2"]);
    });

    it("refuses another build in the slot that now is stable, and says where it belongs", async () => {
        await live.stack.edit(({ versions: { v2 } }) => {
            v2.args = v2.args?.map((arg) => arg.replace(/X-Version:v2$/, "X-Version:next"));
        });
        const output = await live.refused();
        assert.match(
            output,
            /slot-in-use.*web-v2: spec\.template\.spec\.containers\[0\]\.args\[\d+\]: expected "[^"]*X-Version:v2" \(unchanged\), because the last update gave slot v2 100 % of the requests, got "[^"]*X-Version:next"\. Put the new version into `versions\.v1`/,
        );
        await live.stack.edit(({ versions: { v2 } }) => {
            v2.args = v2.args?.map((arg) => arg.replace(/X-Version:next$/, "X-Version:v2"));
        });
    });

    it("lets an emergency through where that one rule is an advisory", async () => {
        await live.stack.edit(({ versions: { v2 } }) => {
            v2.resources = { limits: { memory: "256Mi" } };
        });
        assert.match(
            await live.refused(),
            /web-v2: .*resources\.limits\.memory: expected .*, got "256Mi"/,
        );
        const levels = path.join(folder, "emergency.json");
        await writeFile(levels, '{"slot-in-use": "advisory"}');
        const { output } = succeeded(
            await live.stack.up(undefined, [...withPack, "--policy-pack-config", levels]),
        );
        assert.match(output, /\[advisory\]\s+slot-in-use/);
    });

    it("takes the old slot's pods away only after its last request", async () => {
        const query = slotRequestsQuery({ app: "web", namespace, slot: "v1", window: "15s" });
        await eventually(
            "no request to v1 by the callers' counters",
            60,
            () => sandboxCluster().query(query),
            (found) => found.every(({ value }) => value === 0),
        );
        watch = new PodWatch(live.target, namespace, "app=web,version=v1");
        await live.stack.edit(({ versions }) => {
            Reflect.deleteProperty(versions, "v1");
        });
        await live.up();
        const ended = await eventually(
            "the end of v1's pods",
            60,
            async () => watch?.seen ?? [],
            (seen) => seen.length === 2 && seen.every(({ endingAt }) => endingAt !== undefined),
        );
        const last = live.client.requests.findLast(({ version }) => version === "v1");
        assert.ok(last);
        const end = Math.min(...ended.map(({ endingAt = 0 }) => endingAt));
        assert.ok(last.at + last.ms < end, `${time(last.at + last.ms)} before ${time(end)}`);
    });

    it("frees the slot for the next release at once, which goes up as a canary", async () => {
        assert.equal(
            (await pods("-l", "version=v1")).length,
            2,
            "the last release's pods still end",
        );
        await live.stack.edit(({ versions }) => {
            const shown = docsConfig("workload/promotion.md", { heading: "The next release" });
            const { replicas } = (shown as Pick<StackConfig, "versions">).versions.v1;
            versions.v1 = {
                ...release,
                replicas,
                args: release.args?.map((arg) => arg.replace(/X-Version:v1$/, "X-Version:next")),
            };
        });
        await live.up();
        const route = await live.shift(50, "v1");
        await live.requests(200);
        const answered = live.client.requests.filter(({ at }) => at >= route.settled);
        assert.deepEqual([...new Set(answered.map(({ version }) => version))].sort(), [
            "next",
            "v2",
        ]);
    });

    it("refuses to remove a canary in the update that takes its requests away", async () => {
        await live.stack.edit((config) => {
            config.weight = 0;
            Reflect.deleteProperty(config.versions, "v1");
        });
        assert.match(
            await live.refused(),
            /slot-in-use.*web-v1: versions\.v1: expected the version that slot v1 runs, because the last update gave slot v1 50 % of the requests, got nothing\. Set `weight` to 0 in a separate update/,
        );
    });

    it("loses not one request from the first update to the last", () => {
        assert.deepEqual(live.failures(), []);
    });

    async function pods(...chosen: string[]): Promise<string[]> {
        const uids = ["-o", "jsonpath={.items[*].metadata.uid}"];
        const which = ["-n", namespace, ...chosen, ...uids];
        const { stdout } = await live.target.kubectl(["get", "pods", ...which]);
        return stdout.split(" ").filter(Boolean).sort();
    }
});

function time(ms: number): string {
    return new Date(ms).toISOString();
}
