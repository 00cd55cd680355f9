// The driver's own metrics as Prometheus gets them: over HTTP.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
    createOwnMetrics,
    type MetricsServer,
    type OwnMetrics,
    serveMetrics,
} from "../../../../canary/driver/metrics/driverMetrics";
import type { Engine } from "../../../../canary/driver/ports";
import { CHECKOUT } from "../../../../dev/checkout";
import { BACK, journalOf, lookRecord, ROUTED } from "../../../fixtures/analysis/rolloutRecords";

/** Values by name and labels, as `weight{}`; app and namespace, which all have, left out. */
async function scraped(url: string): Promise<Record<string, number>> {
    const text = await (await fetch(`${url}/metrics`)).text();
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return Object.fromEntries(
        lines.map((line) => {
            const [, name = "", labels = "", value] =
                /^canary_rollout_(\w+)\{(.*)\} (\S+)$/.exec(line) ?? assert.fail(line);
            assert.ok(labels.includes('app="web"') && labels.includes('namespace="shop"'), line);
            const own = labels.split(",").filter((one) => !/^(app|namespace)=/.test(one));
            return [`${name}{${own.join(",")}}`, Number(value)];
        }),
    );
}

describe("the driver's own metrics", () => {
    let metrics: OwnMetrics;
    let server: MetricsServer;

    beforeEach(async () => {
        metrics = createOwnMetrics({ app: "web", namespace: "shop" });
        server = await serveMetrics(metrics.registry, { port: 0 });
    });
    afterEach(() => server.close());

    const see = (...records: Parameters<typeof journalOf>) => {
        for (const record of journalOf(...records)) metrics.saw(record);
    };

    it("should say how the rollout stands", async () => {
        see(...ROUTED, lookRecord());
        const found = await scraped(server.url);
        const wanted = {
            'info{id="web-20261121T131200Z",stack="prod",stable="v1",canary="v2"}': 1,
            "weight{}": 10,
            "share{}": 0.1,
            "dwell_seconds{}": 20,
            'evidence{of="harm"}': 1.5,
            'evidence_limit{of="harm"}': 5.3,
            'evidence{of="safe"}': 2.4,
            'evidence_limit{of="safe"}': 3,
            'requests{version="v2",role="canary"}': 210,
            'failed_requests{version="v2",role="canary"}': 3,
            'requests{version="v1",role="stable"}': 1_890,
            "exposed_requests{}": 2.8,
            'verdict{gate="errors",verdict="inconclusive"}': 1,
            'verdict{gate="errors",verdict="pass"}': 0,
            'verdict{gate="latency",verdict="pass"}': 1,
            'state{state="running"}': 1,
            'state{state="promoted"}': 0,
            "last_answer_timestamp_seconds{}": Date.UTC(2026, 10, 21, 13, 13) / 1_000,
            'looks_total{result="ok"}': 1,
        };
        const shown = Object.fromEntries(Object.keys(wanted).map((key) => [key, found[key]]));
        assert.deepEqual(shown, wanted);
    });

    it("should tell a look without an answer from one with, and forget a gate that is gone", async () => {
        const blind = lookRecord({ lookedAt: Date.UTC(2026, 10, 22), problem: "stale" });
        const decision = { ...blind.decision, gates: [] };
        see(...ROUTED, lookRecord(), lookRecord(), { ...blind, decision });
        const found = await scraped(server.url);
        assert.equal(found['looks_total{result="ok"}'], 2);
        assert.equal(found['looks_total{result="stale"}'], 1);
        const answered = Date.UTC(2026, 10, 21, 13, 13) / 1_000;
        assert.equal(found["last_answer_timestamp_seconds{}"], answered);
        assert.deepEqual(
            Object.keys(found).filter((name) => name.startsWith("verdict{")),
            [],
        );
    });

    it("should say how long a rollback took", async () => {
        see(...ROUTED, lookRecord(), ...BACK);
        const found = await scraped(server.url);
        assert.equal(found['rollback_seconds{step="routed"}'], 2.5);
        assert.equal(found["weight{}"], 0);
        assert.equal(found['state{state="rolledBack"}'], 1);
        assert.equal(found['state{state="running"}'], 0);
    });

    it("should count what the engine does, and change nothing of it", async () => {
        const refused = { ok: false, why: "refused", reason: "weight-step", seconds: 3 } as const;
        const results = [refused, { ok: true, seconds: 5, notes: [] } as const];
        const engine = {
            preview: async () => results[0],
            update: async () => results[1],
        } as unknown as Engine;
        const counted = metrics.counted(engine);
        assert.equal(await counted.preview(), refused);
        assert.equal(await counted.update(), results[1]);
        const found = await scraped(server.url);
        assert.equal(found['engine_operations_total{operation="preview",outcome="refused"}'], 1);
        assert.equal(found['engine_operation_seconds_sum{operation="update",outcome="ok"}'], 5);
    });

    it("should be on the page, every one of them", async () => {
        see(...ROUTED, lookRecord(), ...BACK);
        const page = readFileSync(join(CHECKOUT, "docs", "driver", "driver-metrics.md"), "utf8");
        const [, table = ""] = page.split("| name |");
        const names = (await metrics.registry.getMetricsAsJSON()).map(({ name }) =>
            name.replace("canary_rollout_", ""),
        );
        assert.deepEqual(
            names.filter((name) => !table.includes(`\`${name}\``)),
            [],
        );
    });

    it("should have names and texts that promtool finds no fault with", async function () {
        const has = spawnSync("promtool", ["--version"]).error === undefined;
        // It is one of the sandbox's binaries; tests/mesh/driver/driverMetrics.spec.ts asks it for certain.
        if (!has) this.skip();
        see(...ROUTED, lookRecord(), ...BACK);
        const input = await (await fetch(`${server.url}/metrics`)).text();
        const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input });
        assert.equal(status, 0, `${stdout}${stderr}`);
        assert.equal(`${stdout}${stderr}`, "");
    });

    it("should be on loopback, healthy, and nothing else", async () => {
        assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
        const status = async (path: string, method = "GET") =>
            (await fetch(`${server.url}${path}`, { method })).status;
        assert.equal(await status("/healthz"), 200);
        assert.equal(await status("/"), 404);
        assert.equal(await status("/metrics", "POST"), 405);
    });

    it("should say which port is taken", async () => {
        const port = Number(new URL(server.url).port);
        await assert.rejects(
            serveMetrics(metrics.registry, { port }),
            new Error(
                `--metrics-port ${port}: 127.0.0.1 cannot be listened on: something listens there already. Choose another port, or 0 for any free one.`,
            ),
        );
    });
});
