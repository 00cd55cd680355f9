// Sticky users with the config of docs/traffic/sticky-users.md: 200 of them, each with cookies of their own.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { clientRoute } from "../../../dev/sandbox/demo/clientRoute";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { Stack } from "../../../dev/sandbox/demo/stack";
import type { Target } from "../../../dev/sandbox/demo/target";
import { Requester, versionOf } from "../harness/callers/requester";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-sticky";
const clients = "mesh-sticky-client";
const host = `web.${namespace}.svc.cluster.local`;
const USERS = 200;
const VISITS = 3;

/** A browser: what it was told to keep, and the versions that it saw at its last visits. */
interface User {
    cookies: Record<string, string>;
    seen: string[];
}

describe("sticky users", () => {
    let cluster: Cluster;
    let target: Target;
    let stack: Stack;
    let client: Requester;
    const users = Array.from({ length: USERS }, (): User => ({ cookies: {}, seen: [] }));

    before(async () => {
        cluster = sandboxCluster();
        target = await sandboxTarget(false);
        stack = new Stack(target, { name: namespace, namespace });
        client = new Requester(cluster, clients);
        await cluster.createNamespace(clients);
        await Promise.all([deploy(), client.start()]);
    });

    after(async () => {
        await cluster?.removeNamespace(clients);
        await stack?.discard();
    });

    async function deploy(): Promise<void> {
        await stack.init();
        await stack.edit((config) => Object.assign(config, docsConfig("traffic/sticky-users.md")));
        succeeded(await stack.up());
    }

    /** Sets the weight, and waits until the client's sidecar routes by it. */
    async function shift(weight: number): Promise<void> {
        await stack.set("weight", weight);
        succeeded(await stack.up());
        const route = await eventually(
            `weight ${weight} at the client`,
            30,
            () => clientRoute(target, clients, host),
            (found) => found !== undefined && (found.weights.v2 ?? 0) === weight,
        );
        await sleep(Math.max(0, (route?.settled ?? 0) - Date.now()));
    }

    /** Every user comes some times, one after the other, with the cookies that they have by then. */
    async function visit(): Promise<void> {
        for (const user of users) user.seen = [];
        for (let visits = 0; visits < VISITS; visits += 1) {
            const answers = await client.send(
                users.map(({ cookies }) => ({
                    url: `http://${host}/`,
                    headers: { Cookie: cookieHeader(cookies) },
                })),
            );
            for (const [index, answer] of answers.entries()) {
                Object.assign(users[index]?.cookies ?? {}, answer.cookies);
                users[index]?.seen.push(versionOf(answer));
            }
        }
    }

    const onCanary = () => new Set(users.filter(({ seen }) => seen.includes("v2")));

    /** Each saw one version only. */
    function assertNobodySwitched(): void {
        const switched = users.filter(({ seen }) => new Set(seen).size !== 1);
        assert.deepEqual(switched, []);
    }

    /** Within 4 standard deviations of the share that was asked for. */
    function assertShare(count: number, weight: number): void {
        const expected = (USERS * weight) / 100;
        const deviation = Math.sqrt((expected * (100 - weight)) / 100);
        assert.ok(Math.abs(count - expected) <= 4 * deviation, `${count} users at ${weight} %`);
    }

    it("come to the canary as the weight grows, stay there, and all leave at weight 0", async () => {
        let before = new Set<User>();
        for (const weight of [10, 25, 50]) {
            await shift(weight);
            await visit();
            const now = onCanary();
            assertNobodySwitched();
            assertShare(now.size, weight);
            const left = [...before].filter((user) => !now.has(user));
            assert.deepEqual(left, [], `left the canary at weight ${weight}`);
            assert.ok(now.size > before.size, `nobody came at weight ${weight}`);
            before = now;
        }
        await shift(0);
        await visit();
        assert.equal(onCanary().size, 0);
        assertNobodySwitched();
    });

    it("leave nothing for istioctl analyze to find", async () => {
        assert.match(await cluster.analyze(namespace), /No validation issues found/);
    });

    it("come back to the same canary, the same users", async () => {
        const rungs = users.map(({ cookies }) => cookies["web-version"]?.split(".")[1]);
        await shift(10);
        await visit();
        assert.deepEqual(
            users.map((user) => onCanary().has(user)),
            rungs.map((rung) => rung === "10"),
        );
        await shift(0);
    });

    it("are drawn anew for another canary", async () => {
        const former = users.map(({ cookies }) => cookies["web-version"]?.split(".")[0]);
        await stack.edit(({ versions: { v2 } }) => {
            v2.env = { RELEASE: "next" };
        });
        succeeded(await stack.up());
        await shift(10);
        await visit();
        assertNobodySwitched();
        assertShare(onCanary().size, 10);
        const releases = users.map(({ cookies }) => cookies["web-version"]?.split(".")[0]);
        assert.equal(new Set(releases).size, 1);
        assert.ok(!former.includes(releases[0]));
    });

    it("keep the application's own cookies, and get theirs once", async () => {
        const url = `http://${host}/?header=Set-Cookie:own%3D1`;
        const [first] = await client.send([{ url }]);
        assert.equal(first?.cookies.own, "1");
        const Cookie = cookieHeader({
            own: "1",
            "web-version": first?.cookies["web-version"] ?? "",
        });
        const [second] = await client.send([{ url, headers: { Cookie } }]);
        assert.deepEqual(second?.cookies, { own: "1" });
    });
});

describe("sticky users at a weight beside the ladder", () => {
    it("end the preview with the weight found and those allowed", async () => {
        const name = "mesh-sticky-wrong";
        const stack = new Stack(await sandboxTarget(false), { name, namespace: name });
        await stack.init();
        try {
            await stack.edit((config) => {
                config.sticky = { cookie: "web-version" };
                config.weight = 7;
            });
            const { exitCode, output } = await stack.preview();
            assert.notEqual(exitCode, 0);
            assert.match(
                output,
                /weight: expected 0 or a weight of the ladder \(10, 25, 50, 100\), .*, got 7/,
            );
        } finally {
            await stack.remove();
        }
    });
});

function cookieHeader(cookies: Readonly<Record<string, string>>): string {
    return Object.entries({ other: "1", ...cookies })
        .map(([name, value]) => `${name}=${value}`)
        .join("; ");
}
