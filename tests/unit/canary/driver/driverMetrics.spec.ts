// The driver's own metrics, scraped over HTTP as by Prometheus.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RecordBody } from "../../../../canary/analysis/record/record";
import {
    createDriverMetrics,
    type DriverMetrics,
} from "../../../../canary/driver/metrics/driverMetrics";
import { type MetricsServer, serveMetrics } from "../../../../canary/driver/metrics/server";
import type { Engine } from "../../../../canary/driver/ports";
import { CHECKOUT } from "../../../../dev/checkout";
import { BACK, ROUTED, sampleRecord, watch } from "../../../fixtures/analysis/rolloutRecords";

/** Values by name and labels, such as `weight{}`, without the common labels app and namespace. */
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
    let metrics: DriverMetrics;
    let server: MetricsServer;

    beforeEach(async () => {
        metrics = createDriverMetrics({ app: "web", namespace: "shop" });
        server = await serveMetrics(metrics.registry, { port: 0 });
    });
    afterEach(() => server.close());

    const see = (...records: RecordBody[]) => watch(metrics, ...records);

    it("show the status of the rollout", async () => {
        see(...ROUTED, sampleRecord());
        const found = await scraped(server.url);
        const expected = {
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
            'samples_total{result="ok"}': 1,
        };
        const actual = Object.fromEntries(Object.keys(expected).map((key) => [key, found[key]]));
        assert.deepEqual(actual, expected);
    });

    it("count samples without an answer separately, and drop the verdicts of removed gates", async () => {
        const blind = sampleRecord({ sampledAt: Date.UTC(2026, 10, 22), problem: "stale" });
        const decision = { ...blind.decision, gates: [] };
        see(...ROUTED, sampleRecord(), sampleRecord(), { ...blind, decision });
        const found = await scraped(server.url);
        assert.equal(found['samples_total{result="ok"}'], 2);
        assert.equal(found['samples_total{result="stale"}'], 1);
        const answered = Date.UTC(2026, 10, 21, 13, 13) / 1_000;
        assert.equal(found["last_answer_timestamp_seconds{}"], answered);
        assert.deepEqual(
            Object.keys(found).filter((name) => name.startsWith("verdict{")),
            [],
        );
    });

    it("show how long a rollback took", async () => {
        see(...ROUTED, sampleRecord(), ...BACK);
        const found = await scraped(server.url);
        assert.equal(found['rollback_seconds{step="routed"}'], 2.5);
        assert.equal(found["weight{}"], 0);
        assert.equal(found['state{state="rolledBack"}'], 1);
        assert.equal(found['state{state="running"}'], 0);
    });

    it("count the engine's operations, and return their results unchanged", async () => {
        const refused = { ok: false, why: "refused", reason: "weight-step", seconds: 3 } as const;
        const results = [refused, { ok: true, seconds: 5, notes: [] } as const];
        const engine = {
            preview: async () => results[0],
            update: async () => results[1],
        } as unknown as Engine;
        const counted = metrics.instrument(engine);
        assert.equal(await counted.preview(), refused);
        assert.equal(await counted.update(), results[1]);
        const found = await scraped(server.url);
        assert.equal(found['engine_operations_total{operation="preview",outcome="refused"}'], 1);
        assert.equal(found['engine_operation_seconds_sum{operation="update",outcome="ok"}'], 5);
    });

    it("are all listed in docs/driver/driver-metrics.md", async () => {
        see(...ROUTED, sampleRecord(), ...BACK);
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

    it("pass promtool's checks", async function () {
        const hasPromtool = spawnSync("promtool", ["--version"]).error === undefined;
        // promtool comes with the sandbox; tests/mesh/driver/driverMetrics.spec.ts always runs it.
        if (!hasPromtool) this.skip();
        see(...ROUTED, sampleRecord(), ...BACK);
        const input = await (await fetch(`${server.url}/metrics`)).text();
        const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input });
        assert.equal(status, 0, `${stdout}${stderr}`);
        assert.equal(`${stdout}${stderr}`, "");
    });

    it("are served on loopback, with /healthz and no other path", async () => {
        assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
        const status = async (path: string, method = "GET") =>
            (await fetch(`${server.url}${path}`, { method })).status;
        assert.equal(await status("/healthz"), 200);
        assert.equal(await status("/"), 404);
        assert.equal(await status("/metrics", "POST"), 405);
    });

    it("name the port if it is in use", async () => {
        const port = Number(new URL(server.url).port);
        await assert.rejects(
            serveMetrics(metrics.registry, { port }),
            new Error(
                `--metrics-port ${port}: cannot listen on 127.0.0.1: the port is in use. Choose another port, or 0 for any free port.`,
            ),
        );
    });
});
