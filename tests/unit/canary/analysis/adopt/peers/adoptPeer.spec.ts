import assert from "node:assert/strict";
import { checkDriverConfig } from "../../../../../../canary/analysis/config/driverConfig";
import { checkConfig } from "../../../../../../rollout/config/rolloutConfig";
import { at, isMapping } from "../../../../../../rollout/config/unknown";
import type { Manifest } from "../../../../../../rollout/rules";
import { adoptedPeer } from "../../../../../fixtures/adopt/adoptedPeer";
import { argoObjects, flaggerObjects } from "../../../../../fixtures/adopt/peerObjects";

/** Paths of all values, through mappings only. */
function leavesOf(value: unknown, path = ""): string[] {
    if (!isMapping(value)) return [path];
    return Object.entries(value).flatMap(([name, one]) =>
        leavesOf(one, path === "" ? name : `${path}.${name}`),
    );
}

describe("adopt an object of another tool", () => {
    for (const [kind, objects] of [
        ["canary", flaggerObjects()],
        ["rollout", argoObjects()],
    ] as const) {
        it(`translates or names each field: ${kind}`, async () => {
            const { findings } = await adoptedPeer(kind, objects);
            const named = findings.flatMap(({ text }) => /^`([^`]+)`/.exec(text)?.[1] ?? []);
            const silent = leavesOf(objects[0]?.spec).filter(
                (leaf) => !named.some((path) => `${leaf}.`.startsWith(`${path}.`)),
            );
            assert.deepEqual(silent, []);
        });
    }
});

type Spec = Record<string, Record<string, unknown>>;

describe("adopt a Canary of Flagger", () => {
    const canary = (change: (spec: Spec) => void = () => {}) => {
        const objects = flaggerObjects();
        change(objects[0]?.spec as Spec);
        return adoptedPeer("canary", objects);
    };

    it("writes a config that the component and the driver accept", async () => {
        const { config, driver = {}, text } = await canary();
        const rollout = checkConfig(config);
        assert.deepEqual(rollout.ok ? [] : rollout.problems, []);
        const checked = checkDriverConfig(driver);
        assert.deepEqual(checked.ok ? [] : checked.problems, []);
        assert.equal(text("blocked"), "");
    });

    it("takes over the route, the limits, the steps and the thresholds", async () => {
        const { config, driver } = await canary();
        assert.equal(config.app, "web");
        assert.equal(config.timeout, "15s");
        assert.deepEqual(config.hosts, ["shop.example"]);
        assert.deepEqual(config.gateways, ["mesh", "shop/public"]);
        assert.deepEqual(config.retries, {
            ...{ attempts: 3, perTryTimeout: "3s", retryOn: ["gateway-error"] },
        });
        assert.equal(at(config, "connectionPool", "maxConnections"), 300);
        assert.deepEqual(config.outlierDetection, { consecutive5xxErrors: 9, interval: "10s" });
        assert.deepEqual(config.ladder, [20, 40, 50, 100]);
        assert.deepEqual(config.sticky, { cookie: "shop-version", maxAge: "3600s" });
        assert.equal(config.versions.v1?.image, "registry.example/web:1.0.0");
        assert.equal(config.versions.v1?.replicas, 3);
        assert.equal(config.versions.v1?.readyTimeout, "120s");
        assert.deepEqual(driver, {
            analysis: { minDwell: "60s", objective: { errorShare: 0.005 } },
            gates: [{ type: "approval", name: "sign-off", phases: [100] }],
        });
    });

    it("names what it cannot take over, with what to do", async () => {
        const { text } = await canary();
        const manual = text("manual");
        for (const expected of [
            /Canary shop\/web: `analysis.threshold` 5: .*falseRollback/,
            /request-duration \(at most 400 ms\): the gate `latency`/,
            /basket \(basket-errors; .*`canary:analysis.metrics`/,
            /smoke \(pre-rollout; url\): a gate `webhook`/,
            /traffic \(rollout; url, metadata\): .*`load`/,
            /on call \(chat, error\): .*notifications/,
            /`secure` of the cookie has no key/,
            /"cookies":\{"tester":\{"exact":"yes"\}\}.*"x-group":\{"exact":"staff"\}/,
            /not taken over: `connectionPool.http.maxRetries`, `tls`/,
            /ConfigMaps and Secrets, whose names end with `-primary`/,
        ]) {
            assert.match(manual, expected);
        }
    });

    it("keeps the traffic while Flagger goes, and leaves nothing of Flagger", async () => {
        const { steps, before, config, removed } = await canary();
        const [first, second] = steps;
        assert.deepEqual(first?.commands, [
            `kubectl patch canary web -n shop --type=merge -p '{"spec":{"revertOnDeletion":false}}'`,
            "kubectl delete canary web -n shop --cascade=orphan",
        ]);
        assert.equal(second?.title, "Put the config into your program");
        assert.deepEqual(steps.at(-1)?.commands, [
            "kubectl delete deployment web -n shop",
            "kubectl delete service web-primary -n shop",
            "kubectl delete service web-canary -n shop",
            "kubectl delete destinationrule web-canary -n shop",
        ]);
        const commands = steps.flatMap((step) => step.commands).join("\n");
        assert.match(commands, /kubectl scale deployment web-primary -n shop --replicas=0/);
        assert.match(commands, /kubectl delete destinationrule web-primary -n shop/);
        assert.deepEqual(config.adopt, ["service", "virtualService"]);
        const restored = before.map((one) => `${one.kind} ${at(one, "metadata", "name")}`);
        assert.ok(!restored.includes("Canary web"), "Flagger must come back last");
        assert.equal(removed?.kind, "Canary");
        assert.match(first?.back.join() ?? "", /apply .*-f canary\.yaml$/);
        for (const one of ["Deployment web", "Deployment web-primary", "VirtualService web"]) {
            assert.ok(restored.includes(one), restored.join());
        }
        const route = before.find((one) => one.kind === "VirtualService");
        assert.equal(at(route, "spec", "http", 0, "route", 1, "destination", "host"), "web-canary");
    });

    it("waits for the end of a rollout", async () => {
        const objects = flaggerObjects();
        Object.assign(objects[0] as Manifest, { status: { phase: "Progressing" } });
        const { text } = await adoptedPeer("canary", objects);
        assert.match(text("blocked"), /its phase is Progressing\. Adopt the app when no rollout/);
    });

    it("translates a Canary whose Deployment is not there", async () => {
        const only = flaggerObjects().slice(0, 1);
        const { config, driver, text } = await adoptedPeer("canary", only);
        assert.equal(text("blocked"), "");
        assert.match(text("manual"), /Deployment shop\/web: there is no such Deployment here/);
        assert.equal(config.versions.v1?.containerPort, 8080);
        assert.deepEqual(config.ladder, [20, 40, 50, 100]);
        assert.equal(at(driver, "analysis", "minDwell"), "60s");
        const checked = checkConfig(config);
        const paths = checked.ok ? [] : checked.problems.map(({ path }) => path.join("."));
        assert.deepEqual(paths, ["versions.v1.image"]);
    });

    it("names each field that it does not know", async () => {
        const { text } = await canary((spec) => {
            Object.assign(spec, { surprise: 1 });
            Object.assign(spec.service ?? {}, { warp: { speed: 9 } });
            Object.assign(spec.analysis ?? {}, { mirroring: true });
        });
        for (const field of ["surprise", "service.warp", "analysis.mirroring"]) {
            assert.match(text("manual"), new RegExp(`\`${field}\`.*: not known to this release`));
        }
    });

    it("leaves out a timeout of a try that does not fit into the route's", async () => {
        const { config, text } = await canary((spec) => {
            Object.assign(spec.service ?? {}, { retries: { attempts: 3, perTryTimeout: "5s" } });
        });
        assert.deepEqual(config.retries, { attempts: 3 });
        assert.match(text("manual"), /tries 4 times for 5s, which is longer than its timeout/);
    });

    it("drops a value that no key accepts, and says which", async () => {
        const { config, text } = await canary((spec) => {
            Object.assign(spec.analysis ?? {}, { sessionAffinity: { cookieName: "a cookie" } });
        });
        assert.equal(config.sticky, undefined);
        assert.match(text("manual"), /not taken over: sticky\.cookie: expected a cookie name/);
    });

    it("reads a TCP app", async () => {
        const objects = flaggerObjects().slice(0, 2);
        const service = { port: 6379, appProtocol: "TCP", timeout: "5s" };
        const analysis = { interval: "1m", threshold: 5, maxWeight: 50, stepWeight: 25 };
        Object.assign(objects[0]?.spec as object, { service, analysis });
        const { config } = await adoptedPeer("canary", objects);
        const checked = checkConfig(config);
        assert.deepEqual(checked.ok ? [] : checked.problems, []);
        assert.equal(config.protocol, "tcp");
    });

    for (const [name, analysis, ladder] of [
        ["stepWeights", { stepWeights: [1, 5, 100] }, [1, 5, 100]],
        ["a last step below maxWeight", { stepWeight: 30, maxWeight: 50 }, [30, 50, 100]],
        ["iterations", { iterations: 10 }, [100]],
    ] as const) {
        it(`reads the ladder from ${name}`, async () => {
            const { config } = await canary((spec) => {
                Object.assign(spec, { analysis: { interval: "1m", threshold: 5, ...analysis } });
            });
            assert.deepEqual(config.ladder, ladder);
        });
    }
});

describe("adopt a Rollout of Argo Rollouts", () => {
    it("writes a config that the component and the driver accept", async () => {
        const { config, driver = {}, text } = await adoptedPeer("rollout", argoObjects());
        const rollout = checkConfig(config);
        assert.deepEqual(rollout.ok ? [] : rollout.problems, []);
        const checked = checkDriverConfig(driver);
        assert.deepEqual(checked.ok ? [] : checked.problems, []);
        assert.equal(text("blocked"), "");
    });

    it("takes over the pods, the route, the steps and the pauses", async () => {
        const { config, driver } = await adoptedPeer("rollout", argoObjects());
        assert.equal(config.app, "web");
        assert.equal(config.versions.v1?.replicas, 4);
        assert.equal(config.timeout, "8s");
        assert.deepEqual(config.hosts, ["shop.example"]);
        assert.deepEqual(config.ladder, [5, 40, 100]);
        assert.deepEqual(driver, {
            analysis: { minDwell: "600s", maxDwell: "600s" },
            gates: [{ type: "approval", phases: [40] }],
        });
    });

    it("names what it cannot take over, with what to do", async () => {
        const { text } = await adoptedPeer("rollout", argoObjects());
        for (const expected of [
            /Rollout shop\/web: `revisionHistoryLimit` 2: the two slots/,
            /`strategy.canary.steps`: `analysis`: success-rate: the driver's gates/,
            /`strategy.canary.steps`: `setCanaryScale`: set `capacity`/,
        ]) {
            assert.match(text("manual"), expected);
        }
    });

    it("creates the Service that both versions need, and deletes the Rollout last", async () => {
        const { steps, before } = await adoptedPeer("rollout", argoObjects());
        const [create] = steps;
        assert.equal(create?.title, "Create a Service for both versions");
        const [, json = ""] =
            /^echo '(.*)' \| kubectl apply -f -$/.exec(create?.commands[0] ?? "") ?? [];
        assert.deepEqual(at(JSON.parse(json), "spec", "selector"), { app: "web" });
        const all = steps.flatMap((step) => step.commands);
        assert.ok(all.includes("kubectl delete rollout web -n shop"), all.join("\n"));
        assert.ok(all.includes("kubectl delete virtualservice web-routes -n shop"));
        assert.doesNotMatch(all.join("\n"), /kubectl (scale|delete|patch) deployment/);
        assert.deepEqual(steps.at(-1)?.commands, [
            "kubectl delete service web-stable -n shop",
            "kubectl delete service web-canary -n shop",
        ]);
        const hash = { app: "web", "rollouts-pod-template-hash": "6f5d" };
        const stable = before.find((one) => at(one, "metadata", "name") === "web-stable");
        assert.deepEqual(at(stable, "spec", "selector"), hash);
    });

    it("keeps the Service of a split by subsets", async () => {
        const objects = argoObjects();
        const [, stable] = objects;
        Object.assign(stable?.metadata as object, { name: "web" });
        const strategy = at(objects[0], "spec", "strategy", "canary") as Record<string, unknown>;
        Object.assign(strategy, { stableService: "web" });
        const { steps, config } = await adoptedPeer("rollout", objects);
        assert.deepEqual(config.adopt, ["service"]);
        assert.equal(steps[0]?.title, "Put the config into your program");
    });

    it("takes the pod template from the Deployment of workloadRef", async () => {
        const objects = argoObjects();
        const spec = objects[0]?.spec as Record<string, unknown>;
        const { template, ...rest } = spec;
        const workloadRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web-template" };
        Object.assign(objects[0] as Manifest, { spec: { ...rest, workloadRef } });
        objects.push({
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "web-template", namespace: "shop" },
            spec: { replicas: 0, template },
        } as Manifest);
        const { config, steps, before } = await adoptedPeer("rollout", objects);
        assert.equal(config.versions.v1?.image, "registry.example/web:1.0.0");
        assert.equal(config.versions.v1?.replicas, 4);
        assert.ok(
            steps.at(-1)?.commands.includes("kubectl delete deployment web-template -n shop"),
        );
        const rollout = before.find((one) => one.kind === "Rollout");
        assert.equal(at(rollout, "spec", "template"), undefined);
    });

    it("asks for an approval where a blue-green promotion does", async () => {
        const objects = argoObjects();
        Object.assign(objects[0]?.spec as object, {
            strategy: { blueGreen: { activeService: "web-stable", autoPromotionEnabled: false } },
        });
        const { config, driver } = await adoptedPeer("rollout", objects);
        assert.deepEqual(config.ladder, [100]);
        assert.deepEqual(driver, { gates: [{ type: "approval", phases: [100] }] });
    });
});
