// Three releases in a row, each up the ladder and promoted, with 100 requests a second all the while.
import assert from "node:assert/strict";
import type { StackConfig } from "../../../dev/sandbox/demo/stack";
import { slotRequestsQuery } from "../harness/callers/slotRequests";
import { eventually, sandboxCluster } from "../harness/cluster";
import { LiveRollout } from "../harness/liveRollout";
import { PodWatch } from "../harness/podWatch";

const namespace = "mesh-releases";
const query = { app: "web", namespace, window: "15s" };

describe("three releases in a row", () => {
    let live: LiveRollout;
    let watch: PodWatch | undefined;
    let build: StackConfig["versions"]["v1"];

    before(async () => {
        live = await LiveRollout.start({
            namespace,
            rate: 100,
            config: (config) => {
                config.ladder = [50, 100];
                config.drain = "2s";
                build = { ...config.versions.v1, replicas: 2 };
                config.versions.v1 = release("first");
                Reflect.deleteProperty(config.versions, "v2");
            },
        });
    });

    afterEach(() => watch?.stop());
    after(() => live?.stop());

    for (const { name, before, slot, old } of [
        { name: "second", before: "first", slot: "v2", old: "v1" },
        { name: "third", before: "second", slot: "v1", old: "v2" },
        { name: "fourth", before: "third", slot: "v2", old: "v1" },
    ] as const) {
        it(`takes the ${name} from ${old} to ${slot}, and no pod of the ${before} before its last request`, async () => {
            await live.stack.edit(({ versions }) => {
                versions[slot] = release(name);
            });
            await live.shift(50, slot);
            await live.requests(100);
            await live.shift(100, slot);
            await live.requests(100);
            await live.stack.edit((config) => {
                Object.assign(config, { stable: slot, canary: old, weight: 0 });
            });
            await live.up();
            await eventually(
                `no request to ${old} by the callers' counters`,
                60,
                () => sandboxCluster().query(slotRequestsQuery({ ...query, slot: old })),
                (found) => found.every(({ value }) => value === 0),
            );
            watch = new PodWatch(live.target, namespace, `app=web,version=${old}`);
            await live.stack.edit(({ versions }) => {
                Reflect.deleteProperty(versions, old);
            });
            await live.up();
            const pods = await eventually(
                `the end of ${old}'s pods`,
                60,
                async () => watch?.seen ?? [],
                (seen) => seen.length === 2 && seen.every(({ endingAt }) => endingAt !== undefined),
            );
            const last = live.client.requests.findLast(({ version }) => version === before);
            assert.ok(last);
            const answered = last.at + last.ms;
            const ended = Math.min(...pods.map(({ endingAt = 0 }) => endingAt));
            console.log(
                `      ${old}: last request ${time(answered)}, first pod told to end ${time(ended)}`,
            );
            assert.ok(answered < ended);
        });
    }

    it("loses not one request", () => {
        const { requests } = live.client;
        const versions = new Set(requests.map(({ version }) => version));
        console.log(`      ${requests.length} requests, ${live.failures().length} failed`);
        assert.deepEqual([...versions].sort(), ["first", "fourth", "second", "third"]);
        assert.deepEqual(live.failures(), []);
    });

    function release(name: string) {
        const args = build.args?.map((arg) => arg.replace(/X-Version:v1$/, `X-Version:${name}`));
        return { ...structuredClone(build), args };
    }
});

function time(ms: number): string {
    return new Date(ms).toISOString();
}
