import assert from "node:assert/strict";
import { ApiError } from "../../../../../canary/driver/kubernetes/kubernetes";
import { callersIn } from "../../../../../canary/driver/proxies/callers";
import { type ReadOptions, readProxies } from "../../../../../canary/driver/proxies/readProxies";
import { analysisOf } from "../../../../fixtures/analysis/settings";

const rollout = { app: "web", namespace: "shop", port: 80 };
const host = "web.shop.svc.cluster.local";
const sent = `envoy_cluster_upstream_rq{cluster_name="outbound|80|v2|${host}",response_code="503"} 7\n`;

function world(
    change: Partial<ReadOptions> & { refuse?: (namespace: string) => Error | undefined },
) {
    const asked: string[] = [];
    let open = 0;
    let most = 0;
    const options: ReadOptions = {
        rollout,
        settings: analysisOf(),
        callers: () => [{ namespace: "front", pod: "a" }],
        cluster: {
            listPods: async () =>
                ["v1", "v2"].map((version) => ({
                    name: `web-${version}`,
                    labels: { app: "web", version },
                    isRunning: true,
                })),
        },
        get: async ({ namespace, pod, port }, path, { maxBytes }) => {
            asked.push(`${namespace}/${pod}:${port}`);
            assert.match(path, /^\/stats\/prometheus\?usedonly&filter=/);
            assert.equal(maxBytes, options.settings.proxies.maxBytes);
            most = Math.max(most, ++open);
            await new Promise(setImmediate);
            open--;
            const refusal = change.refuse?.(namespace);
            if (refusal !== undefined) throw refusal;
            return sent;
        },
        clock: { now: () => 1_000 },
        ...change,
    };
    const proxies = readProxies(options);
    assert.ok(proxies);
    return { proxies, asked, most: () => most };
}

describe("the driver's reads of proxies", () => {
    it("are of callers' pods and of the app's own pods, on Istio's port for metrics", async () => {
        const { proxies, asked } = world({});
        const { reads, problems } = await proxies.read();
        assert.deepEqual(asked.sort(), ["front/a:15090", "shop/web-v1:15090", "shop/web-v2:15090"]);
        assert.deepEqual(problems, []);
        const caller = reads.find(({ proxy }) => proxy === "front/a");
        assert.deepEqual(
            caller?.counters.map(({ version, failed, value }) => [version, failed, value]),
            [["v2", true, 7]],
        );
        assert.deepEqual(reads.map(({ side }) => side).sort(), ["received", "received", "sent"]);
    });

    it("are at most as many, and at most as many at a time, as the config says", async () => {
        const callers = Array.from({ length: 20 }, (_, i) => ({
            namespace: "front",
            pod: `p${i}`,
        }));
        const settings = analysisOf({ proxies: { pods: 3, parallel: 2 } });
        const { proxies, asked, most } = world({ callers: () => callers, settings });
        await proxies.read();
        assert.equal(asked.length, 5);
        assert.equal(most(), 2);
    });

    it("leave out a namespace without rights, with one note", async () => {
        const { proxies, asked } = world({
            refuse: (namespace) =>
                namespace === "front"
                    ? new ApiError(403, "The API server answered 403")
                    : undefined,
        });
        const first = await proxies.read();
        assert.equal(first.reads.length, 2);
        assert.match(first.problems.join(), /^The proxies in namespace front cannot be read.*403$/);
        const second = await proxies.read();
        assert.deepEqual([second.reads.length, second.problems], [2, []]);
        assert.equal(asked.filter((one) => one.startsWith("front")).length, 1);
    });

    it("report a namespace that does not answer once, after some rounds, and keep trying", async () => {
        let isDown = true;
        const { proxies } = world({
            refuse: () => (isDown ? new Error("no response within 2 s") : undefined),
        });
        const problems: string[] = [];
        for (let round = 0; round < 9; round++) problems.push(...(await proxies.read()).problems);
        assert.deepEqual(problems.length, 2, problems.join("\n"));
        isDown = false;
        assert.equal((await proxies.read()).reads.length, 3);
    });

    it("do not happen with `exclude`, which counters cannot follow, nor if they are disabled", async () => {
        const { proxies, asked } = world({
            settings: analysisOf({ exclude: ['source_workload="tester"'] }),
        });
        assert.match((await proxies.read()).problems.join(), /analysis\.exclude/);
        assert.deepEqual(await proxies.read(), { reads: [], problems: [] });
        assert.deepEqual(asked, []);
        const settings = analysisOf({ proxies: { enabled: false } });
        assert.equal(readProxies({ settings } as unknown as ReadOptions), undefined);
    });

    it("go to the callers with the most requests first", () => {
        const series = (pod: string, last: number) => ({
            labels: { namespace: "front", pod },
            samples: [[0, 0] as const, [1, last] as const],
        });
        const requests = [
            series("a", 1),
            series("b", 9),
            series("a", 3),
            { labels: {}, samples: [] },
        ];
        assert.deepEqual(
            callersIn({ requests }).map(({ pod }) => pod),
            ["b", "a"],
        );
    });
});
