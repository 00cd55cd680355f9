// What docs/driver/watching.md says of a rollout at a weight: labels, dashboard, alerts, and what the sidecars answer.
import assert from "node:assert/strict";
import { execa } from "execa";
import { parse } from "yaml";
import { alertsOf } from "../../../canary/report/grafana/alerts";
import { COMMAND } from "../../../dev/checkout";
import { selected } from "../../fixtures/dashboard";
import { validConfig } from "../../fixtures/rollout/rollout";
import { type Cluster, eventually, type Series, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { docsCommands } from "../harness/docs/docsConsole";
import { LiveRollout } from "../harness/liveRollout";

const namespace = "mesh-watching";
const names = { shop: namespace };
/** Six scrapes, in place of the minutes that a real cluster takes. */
const WINDOW = "30s";

describe("watching a rollout", () => {
    let cluster: Cluster;
    let live: LiveRollout;

    before(async () => {
        cluster = sandboxCluster();
        live = await LiveRollout.start({
            namespace,
            config: (config) => {
                Object.assign(config, docsConfig("driver/watching.md", { names }));
                config.versions.v2.replicas = 2;
            },
        });
        await live.routed(10, "v2");
    });

    after(async () => {
        await live?.stop();
    });

    async function canary(...args: string[]): Promise<string> {
        return (await execa(process.execPath, [COMMAND, ...args], { env: cluster.env })).stdout;
    }

    /** Every series has a value that is a number; there is at least one. */
    const hasValues = (series: Series[]) =>
        series.length > 0 && series.every(({ value }) => Number.isFinite(value));

    async function valuesOf(expr: string): Promise<Series[]> {
        return eventually(expr, 60, () => cluster.query(expr), hasValues);
    }

    it("knows each version by the labels that Istio's metrics and Kiali expect", async () => {
        const byVersion =
            "sum by (destination_app, destination_version, destination_canonical_service, destination_canonical_revision, destination_workload)";
        const arrived = `${byVersion} (istio_requests_total{reporter="destination",destination_workload_namespace="${namespace}"})`;
        const found = await eventually(
            "metrics of both versions",
            60,
            () => cluster.query(arrived),
            (series) => series.length === 2,
        );
        const labels = found.map(({ metric }) => metric);
        const expected = ["v1", "v2"].map((version) => ({
            destination_app: "web",
            destination_canonical_revision: version,
            destination_canonical_service: "web",
            destination_version: version,
            destination_workload: `web-${version}`,
        }));
        assert.deepEqual(
            labels.sort((a, b) =>
                String(a.destination_version).localeCompare(String(b.destination_version)),
            ),
            expected,
        );
    });

    it("has a dashboard without an empty panel", async () => {
        const { panels } = JSON.parse(await canary("dashboard")) as {
            panels: { title: string; targets: { expr: string; legendFormat: string }[] }[];
        };
        const values = { namespace, app: "web", stack: ".*", __rate_interval: WINDOW };
        // Nobody scrapes a driver here.
        const measured = panels
            .flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })))
            .filter(({ expr }) => !expr.includes("canary_rollout_"))
            .map(({ title, expr }) => ({ title, expr: selected(expr, values) }));
        assert.ok(measured.length >= 15);
        for (const { title, expr } of measured) {
            const series = await valuesOf(expr);
            if (!expr.includes("sum by")) continue;
            const versions = new Set(series.map(({ metric }) => metric.destination_version));
            assert.deepEqual([...versions].sort(), ["v1", "v2"], title);
        }
        const share = measured.find(({ title }) => title === "Share of requests");
        const ofCanary = (await cluster.query(share?.expr ?? "")).find(
            ({ metric }) => metric.destination_version === "v2",
        );
        assert.ok(Math.abs((ofCanary?.value ?? 0) - 0.1) < 0.08, JSON.stringify(ofCanary));
    });

    it("has alerts each of which measures something, and none that fires while all is well", async () => {
        const { groups } = parse(await canary("alerts", "--stack", namespace, "--window", WINDOW));
        const expected = alertsOf(validConfig({ namespace }), { window: WINDOW });
        assert.deepEqual(
            groups[0].rules,
            expected.map(({ measures: _, ...rule }) => rule),
        );
        for (const { alert, expr, measures } of expected) {
            for (const measure of measures) {
                if (!measure.includes("canary_rollout_")) await valuesOf(measure);
            }
            // Of "for" nothing is asked here: the one waits for hours, p99 of few requests is chance for a while.
            if (alert === "RolloutStuck" || alert === "CanarySlow") continue;
            assert.deepEqual(await cluster.query(expr), [], alert);
        }
    });

    it("shows by istioctl what the page says", async () => {
        const commands = docsCommands("driver/watching.md", names);
        assert.ok(commands.length >= 4);
        for (const { command, shows } of commands) {
            const { stdout } = await execa(command, { shell: true, env: cluster.env });
            for (const line of shows) assert.match(stdout, line, command);
        }
    });

    it("raises CanaryFailing and CanaryEjected when the canary fails", async () => {
        await live.shift(0);
        await live.stack.edit(({ versions }) => {
            versions.v2.args = versions.v2.args?.map((arg) =>
                arg.replace(/X-Version:v2$/, "$&&status=503"),
            );
        });
        await live.up();
        await live.shift(10);
        const config = validConfig({ namespace });
        for (const { alert, expr } of alertsOf(config, { window: WINDOW })) {
            if (alert !== "CanaryFailing" && alert !== "CanaryEjected") continue;
            const [fired] = await valuesOf(expr);
            console.log(`      ${alert}: ${fired?.value}`);
        }
    });
});
