// The dashboard, the alert rules, and the commands that print them.
import assert from "node:assert/strict";
import { unwatchableReason } from "../../../../canary/analysis/config/watchable";
import { alertRules, alertsOf, prometheusRule } from "../../../../canary/report/grafana/alerts";
import { dashboard } from "../../../../canary/report/grafana/dashboard";
import { PANELS } from "../../../../canary/report/grafana/panels";
import { runCommand } from "../../../fixtures/command";
import { selected } from "../../../fixtures/dashboard";
import { validConfig } from "../../../fixtures/rollout/rollout";

describe("dashboard", () => {
    const model = JSON.parse(JSON.stringify(dashboard()));

    it("has every panel with every query, at its own place, from the selected data source", () => {
        assert.deepEqual(
            model.panels.map((panel: { title: string; targets: { expr: string }[] }) => [
                panel.title,
                panel.targets.map(({ expr }) => expr),
            ]),
            PANELS.map(({ title, queries }) => [title, queries.map(({ expr }) => expr)]),
        );
        const places = model.panels.map(
            ({ gridPos: { x, y } }: { gridPos: { x: number; y: number } }) => `${x},${y}`,
        );
        assert.equal(new Set(places).size, model.panels.length);
        for (const panel of model.panels) {
            const { type, title } = panel;
            if (type !== "stat") assert.equal(panel.options.legend.showLegend, true, title);
            const sources = [panel, ...panel.targets].map(({ datasource }) => datasource.uid);
            assert.deepEqual([...new Set(sources)], ["$datasource"], title);
            const refs = panel.targets.map(({ refId }: { refId: string }) => refId);
            assert.equal(new Set(refs).size, refs.length, title);
        }
    });

    it("selects one rollout by variables", () => {
        assert.deepEqual(
            model.templating.list.map(({ name }: { name: string }) => name),
            ["datasource", "namespace", "app", "stack"],
        );
        const values = { namespace: "shop", app: "web", stack: "prod", datasource: "uid" };
        const all = JSON.stringify(model).replaceAll("$__", "");
        const chosen = JSON.parse(selected(all, values));
        const asked = JSON.stringify([chosen.panels, chosen.annotations]);
        assert.doesNotMatch(asked, /\$/);
        const ejected = chosen.panels.find(
            ({ title }: { title: string }) => title === "Ejected pods",
        );
        const [, pattern = ""] = /cluster_name=~"(.+)"/.exec(ejected.targets[1].expr) ?? [];
        const matches = (cluster: string) => new RegExp(`^(${pattern})$`).test(cluster);
        assert.equal(matches("outbound|80|v2|web.shop.svc.cluster.local"), true);
        assert.equal(matches("outbound|80||web-v2.shop.svc.cluster.local"), true);
        for (const other of [
            "outbound|80|v1|web.shop.svc.cluster.local",
            "outbound|80||web.shop.svc.cluster.local",
            "outbound|80||web-v1.shop.svc.cluster.local",
            "outbound|80|v2|my-web.shop.svc.cluster.local",
            "outbound|80|v2|web.shop2.svc.cluster.local",
        ]) {
            assert.equal(matches(other), false, other);
        }
    });
});

describe("alertRules", () => {
    it("is the same at every weight", () => {
        const [low, high] = [10, 77].map((weight) => alertRules(validConfig({ weight })));
        assert.deepEqual(low, high);
    });

    it("selects the ports and the host that the rollout has", () => {
        const config = { ...validConfig(), host: "web.demo.svc.corp", otherPorts: [9000] };
        const ejected = alertsOf(config).find(({ alert }) => alert === "CanaryEjected");
        assert.match(
            ejected?.expr ?? "",
            /\[\|\]\(80\|9000\)\[\|\]v2\[\|\]web\[\.\]demo\[\.\]svc\[\.\]corp"/,
        );
    });

    it("follows the roles", () => {
        const [failing] = alertsOf(validConfig({ stable: "v2", canary: "v1" }));
        assert.match(failing?.measures[0] ?? "", /destination_version="v1"/);
        assert.match(failing?.measures[1] ?? "", /destination_version="v2"/);
        assert.equal(failing?.labels.canary, "v1");
    });

    it("compares its measures", () => {
        for (const { alert, expr, measures } of alertsOf(validConfig())) {
            for (const measure of measures) assert.ok(expr.includes(measure), alert);
        }
    });

    it("has the same rules in a PrometheusRule", () => {
        const config = validConfig();
        const manifest = prometheusRule(config, { stuckAfter: "2d" });
        assert.deepEqual(manifest.metadata, {
            name: "web-rollout",
            namespace: "demo",
            labels: { app: "web" },
        });
        assert.deepEqual(manifest.spec, alertRules(config, { stuckAfter: "2d" }));
        assert.match(JSON.stringify(manifest), /"for":"2d"/);
    });
});

describe("unwatchableReason", () => {
    it("refuses a rollout without request metrics", () => {
        assert.equal(unwatchableReason({ mode: "istio", protocol: "grpc" }), undefined);
        assert.match(
            unwatchableReason({ mode: "replicas", protocol: "http" }) ?? "",
            /^mode: expected istio, .*, got "replicas"\.$/,
        );
        assert.match(
            unwatchableReason({ mode: "istio", protocol: "tcp" }) ?? "",
            /^protocol: expected http, http2 or grpc, .*, got "tcp"\.$/,
        );
    });
});

describe("istio-canary alerts", () => {
    const run = (args: string[], env = process.env) => runCommand(["alerts", ...args], { env });

    for (const [flag, value, expected] of [
        ["--window", "5x", 'Expected a duration such as "5m" or "1h30m".'],
        ["--window", "0s", 'Expected a duration such as "5m" or "1h30m".'],
        ["--stuck-after", "1.5h", 'Expected a duration such as "5m" or "1h30m".'],
        ["--error-margin", "2", "Expected a share from 0 to 1, such as 0.01."],
        ["--slow-factor", "0.5", "Expected a factor of at least 1, such as 1.5."],
        ["--format", "json", "Allowed choices are rules, manifest."],
    ] as const) {
        it(`refuses ${flag} ${value}`, async () => {
            const { status, stdout, stderr } = await run([flag, value]);
            assert.deepEqual([status, stdout], [2, ""]);
            assert.ok(stderr.includes(`argument '${value}' is invalid. ${expected}`), stderr);
        });
    }

    it("reports that pulumi is not on PATH", async () => {
        const { status, stderr } = await run([], { ...process.env, PATH: "" });
        assert.equal(status, 2);
        assert.equal(
            stderr,
            'istio-canary: `pulumi` is not on PATH. With the sandbox, first run `eval "$(npx istio-canary sandbox env)"`.\n',
        );
    });
});
