import assert from "node:assert/strict";
import { checkConfig } from "../../../../../rollout/config/rolloutConfig";
import { at } from "../../../../../rollout/config/unknown";
import { manifestsOf } from "../../../../../rollout/manifests/manifests";
import { planOf } from "../../../../../rollout/plan/plan";
import type { Manifest } from "../../../../../rollout/rules";
import { adopted } from "../../../../fixtures/adopt/adopted";
import { EXISTING } from "../../../../fixtures/adopt/liveApps";
import { validManifests } from "../../../../fixtures/rollout/rollout";
import { gatewayApi, istio } from "../../../../fixtures/rules/objects";

describe("adopt", () => {
    for (const { kind } of EXISTING) {
        it(`writes a config that the component accepts: ${kind}`, () => {
            const { config, findings } = adopted(kind);
            const result = checkConfig(config);
            assert.deepEqual(result.ok ? [] : result.problems, []);
            assert.deepEqual(
                findings.filter((one) => one.kind === "blocked"),
                [],
            );
        });

        it(`has a way back for each step: ${kind}`, () => {
            for (const { title, back } of adopted(kind).steps) {
                assert.notEqual(back.length, 0, title);
            }
        });
    }

    it("runs the same pods: image, arguments, probe, user, labels", () => {
        const { config } = adopted("helm");
        const result = checkConfig(config);
        assert.ok(result.ok);
        const { workloads } = manifestsOf(result.config, planOf(result.config));
        const template = at(workloads[0], "deployment", "spec", "template");
        const labels = at(template, "metadata", "labels");
        assert.equal(at(labels, "app.kubernetes.io/instance"), "shop");
        assert.equal(at(labels, "app"), "web");
        const container = at(template, "spec", "containers", 0);
        assert.equal(at(container, "image"), "sandbox/fortio:1.68.1");
        assert.deepEqual(at(container, "readinessProbe"), {
            httpGet: { port: 8080, path: "/?status=200" },
            periodSeconds: 1,
        });
        assert.equal(at(container, "securityContext", "runAsUser"), 65_532);
        assert.equal(at(container, "securityContext", "capabilities"), undefined);
        assert.equal(result.config.drain, "5s");
    });

    it("sets no limit that the requests did not have, and says so", () => {
        const { config, text } = adopted("plain");
        assert.deepEqual(config.connectionPool, {
            maxConnections: 10_000,
            maxPendingRequests: 10_000,
            maxRequests: 10_000,
        });
        assert.match(text("manual"), /no connection limits today/);
        assert.match(text("manual"), /no timeout today/);
    });

    it("takes over the limits of a DestinationRule, and names what no key says", () => {
        const trafficPolicy = {
            connectionPool: {
                tcp: { maxConnections: 0, connectTimeout: "2s" },
                http: { idleTimeout: "30s", maxRetries: 3 },
            },
            outlierDetection: { consecutive5xxErrors: 7, minHealthPercent: 20 },
            loadBalancer: { consistentHash: { httpHeaderName: "x-user" } },
        };
        const { config, text } = adopted("plain", (objects) => {
            objects.push(istio("DestinationRule", "web", { host: "web", trafficPolicy }));
        });
        assert.deepEqual(config.connectionPool, {
            ...{ maxConnections: 10_000, maxPendingRequests: 10_000, maxRequests: 10_000 },
            ...{ connectTimeout: "2s", idleTimeout: "30s" },
        });
        assert.deepEqual(config.outlierDetection, { consecutive5xxErrors: 7 });
        assert.deepEqual(config.loadBalancing, { consistentHash: { header: "x-user" } });
        const lost = "`connectionPool.http.maxRetries`, `outlierDetection.minHealthPercent`";
        assert.ok(text("manual").includes(`not taken over: ${lost}`), text("manual"));
        assert.ok(checkConfig(config).ok);
    });

    it("sets nothing of requests for a TCP app", () => {
        const { config } = adopted("plain", ([service]) => {
            const ports = at(service, "spec", "ports") as { name: string }[];
            for (const port of ports) port.name = "tcp";
        });
        assert.equal(config.protocol, "tcp");
        const result = checkConfig(config);
        assert.deepEqual(result.ok ? [] : result.problems, []);
        assert.deepEqual(config.connectionPool, { maxConnections: 10_000 });
    });

    it("keeps an external host of two labels as it is", () => {
        const { config } = adopted("routed", (objects) => {
            const route = objects.find(({ kind }) => kind === "VirtualService");
            Object.assign(route?.spec as object, {
                hosts: ["example.com", "web.shop"],
                gateways: ["mesh", "public"],
            });
        });
        assert.deepEqual(config.hosts, ["example.com"]);
    });

    it("takes over the autoscaler, and deletes the old one with the old pods", () => {
        const { config, commands } = adopted("autoscaled");
        assert.deepEqual(config.versions.v1?.autoscaling, {
            ...{ minReplicas: 2, maxReplicas: 4, cpu: 80 },
        });
        assert.match(commands, /kubectl delete horizontalpodautoscaler web -n shop\nkubectl scale/);
    });

    it("takes over custom metrics and behavior of the autoscaler", () => {
        const metric = { type: "Pods", pods: { metric: { name: "rps" }, target: {} } };
        const { config } = adopted("autoscaled", (objects) => {
            const autoscaler = objects.find((one) => one.kind === "HorizontalPodAutoscaler");
            const spec = autoscaler?.spec as Record<string, unknown>;
            Object.assign(spec, { metrics: [metric], behavior: { scaleDown: {} } });
        });
        assert.deepEqual(config.versions.v1?.autoscaling, {
            ...{ minReplicas: 2, maxReplicas: 4, metrics: [metric], behavior: { scaleDown: {} } },
        });
    });

    it("pauses KEDA's ScaledObject while the old Deployment is scaled down", () => {
        const { config, commands, text } = adopted("autoscaled", (objects) => {
            const autoscaler = objects.find((one) => one.kind === "HorizontalPodAutoscaler");
            const ownerReferences = [{ kind: "ScaledObject", name: "web-scaler" }];
            Object.assign(autoscaler?.metadata as object, { ownerReferences });
        });
        assert.equal(config.versions.v1?.autoscaling, undefined);
        assert.match(text("manual"), /ScaledObject web-scaler owns it.*external: true/);
        assert.match(commands, /annotate scaledobject web-scaler -n shop .*paused-replicas=0\n/);
        assert.doesNotMatch(commands, /horizontalpodautoscaler/);
    });

    it("takes over the timeout of a route, then deletes its VirtualService", () => {
        const { config, commands } = adopted("routed");
        assert.equal(config.timeout, "20s");
        assert.match(commands, /kubectl delete virtualservice web-routes -n shop/);
    });

    it("keeps routes that no key says, through a transform", () => {
        const { ownRoutes, text } = adopted("routed", (objects) => {
            const route = objects.find((one) => one.kind === "VirtualService");
            (at(route, "spec", "http") as object[]).unshift({
                match: [{ uri: { prefix: "/reports" } }],
                rewrite: { uri: "/" },
                route: [{ destination: { host: "reports" } }],
            });
        });
        assert.equal(ownRoutes.length, 1);
        assert.match(text("manual"), /1 routes with destinations, conditions or fields/);
    });

    it("grants both versions what names the old ServiceAccount, first", () => {
        const { steps } = adopted("named");
        const principal = (slot: string) => `cluster\\.local/ns/shop/sa/web-${slot}`;
        assert.match(
            steps[1]?.commands.join() ?? "",
            new RegExp(
                `kubectl patch authorizationpolicy basket -n shop .*${principal("v1")}.*${principal("v2")}`,
            ),
        );
        assert.match(steps[1]?.back.join() ?? "", /principals\/2.*principals\/1/);
    });

    it("leaves the Service as it is", () => {
        const { config, commands, text } = adopted("helm");
        assert.deepEqual(config.adopt, ["service"]);
        const selector = {
            "app.kubernetes.io/name": "web",
            "app.kubernetes.io/instance": "shop",
        };
        assert.deepEqual(config.service, { selector, targetPort: 8080 });
        assert.doesNotMatch(commands, /PATCH_FORCE/);
        assert.match(text("taken"), /Service shop\/web: port 80 → 8080.*stay as they are/);
    });

    it("keeps a Service's type and port name, and says who goes round the weight", () => {
        const { config, text } = adopted("plain", ([service]) => {
            const spec = service?.spec as { type?: string; ports: { name: string }[] };
            spec.type = "LoadBalancer";
            for (const port of spec.ports) port.name = "web";
        });
        const service = { selector: { app: "web" }, targetPort: 8080 };
        assert.deepEqual(config.service, { ...service, portName: "web", type: "LoadBalancer" });
        assert.match(text("manual"), /type LoadBalancer: .*by pod count/);
        assert.ok(checkConfig(config).ok);
    });

    for (const selector of [{ app: "shop-web" }, { app: "web", version: "v1" }]) {
        it(`gives old and new pods a label of their own if the Service selects ${Object.values(selector)}`, () => {
            const { config, steps } = adopted("plain", ([service, deployment]) => {
                Object.assign(service?.spec as object, { selector });
                const template = at(deployment, "spec", "template", "metadata");
                Object.assign(template as object, { labels: selector });
            });
            const shared = { "istio-canary.dev/service": "web" };
            assert.deepEqual(config.service, { selector: shared, targetPort: 8080 });
            const share = steps.findIndex(({ title }) => title.startsWith("Let the Service"));
            const { commands = [], back = [] } = steps[share] ?? {};
            assert.ok(share < steps.findIndex(({ title }) => title.startsWith("Start one")));
            assert.match(
                commands[0] ?? "",
                /^kubectl patch deployment web .*istio-canary.dev.service/,
            );
            assert.match(
                commands.at(-1) ?? "",
                /^kubectl patch service web .*istio-canary.dev.service/,
            );
            assert.ok(back[0]?.includes(JSON.stringify(selector)), back[0]);
            assert.ok(checkConfig(config).ok);
            // The config of the steps before still has the shared label.
            const moved = steps.find(({ title }) => title.startsWith("Send the requests"));
            assert.match(moved?.back[1] ?? "", /^kubectl patch service web .*istio-canary.dev/);
        });
    }

    it("adopts routes that have the app's name", () => {
        const { config } = adopted("routed", (objects) => {
            for (const { kind, metadata } of objects) {
                if (kind === "VirtualService") Object.assign(metadata as object, { name: "web" });
            }
        });
        assert.deepEqual(config.adopt, ["service", "virtualService"]);
        assert.ok(checkConfig(config).ok);
    });

    it("gives the annotations of the live ServiceAccount to those of both versions", () => {
        const { config, text } = adopted("named", (objects) => {
            const account = objects.find(({ kind }) => kind === "ServiceAccount");
            Object.assign(account?.metadata as object, { annotations: { "cloud/role": "web" } });
        });
        assert.deepEqual(config.serviceAccount, { annotations: { "cloud/role": "web" } });
        assert.match(text("manual"), /let that trust both names first/);
    });

    it("says which Helm release goes on to write the Service", () => {
        const { steps, commands } = adopted("helm");
        assert.match(
            commands,
            /kubectl annotate service web -n shop helm\.sh\/resource-policy=keep/,
        );
        assert.match(steps.map(({ text }) => text).join(), /do not run `helm upgrade shop`/);
    });

    it("uses slot v2 if the Deployment has the name of slot v1", () => {
        const { config } = adopted("plain", (objects) => {
            for (const one of objects) {
                if (one.kind === "Deployment")
                    Object.assign(one.metadata as object, { name: "web-v1" });
            }
        });
        assert.equal(config.stable, "v2");
        assert.ok(checkConfig(config).ok);
    });

    it("takes over all ports of the Service, one with requests first", () => {
        const { config, text } = adopted("plain", (objects) => {
            const service = objects.find((one) => one.kind === "Service");
            const ports = at(service, "spec", "ports") as object[];
            ports.unshift({ name: "tcp-feed", port: 7000, targetPort: 9000 });
            ports.push({ name: "grpc", port: 9000 }, { name: "dns", port: 53, protocol: "UDP" });
        });
        assert.equal(config.port ?? 80, 80);
        assert.deepEqual(config.ports, [
            { name: "tcp-feed", port: 7000, protocol: "tcp", targetPort: 9000 },
            { name: "grpc", port: 9000, protocol: "grpc" },
        ]);
        assert.ok(checkConfig(config).ok);
        assert.match(text("taken"), /2 further ports become `ports`/);
        assert.match(text("manual"), /1 of its ports are UDP or SCTP/);
        assert.equal(text("blocked"), "");
    });

    const BLOCKED: [string, (service: Manifest, objects: Manifest[]) => void, RegExp][] = [
        ["no Service", (service, all) => all.splice(all.indexOf(service), 1), /no Service selects/],
        [
            "a headless Service",
            ({ spec }) => Object.assign(spec as object, { clusterIP: "None" }),
            /headless/,
        ],
        [
            "two VirtualServices",
            (_, all) => {
                for (const name of ["one", "two"]) {
                    all.push(istio("VirtualService", name, { hosts: ["web"] }));
                }
            },
            /VirtualService shop\/two: .*merge their routes/,
        ],
    ];
    it("names the HTTPRoutes of the Service, and the keys for them", () => {
        const route = (name: string, backend: string) =>
            gatewayApi("HTTPRoute", name, {
                parentRefs: [{ name: "public" }],
                rules: [{ backendRefs: [{ name: backend, port: 80 }] }],
            });
        const routes = [route("web", "web"), route("shop", "web"), route("api", "api")];
        const { text } = adopted("plain", (objects) => objects.push(...routes));
        assert.match(text("manual"), /HTTPRoute shop\/web: .*`httpRoute` in `adopt`/);
        assert.match(text("manual"), /HTTPRoute shop\/shop: .*delete it after the update/);
        assert.doesNotMatch(text("manual"), /HTTPRoute shop\/api/);
    });

    describe("of an HTTPRoute with matches", () => {
        const rule = (name: string, ...matches: object[]) => ({
            matches,
            backendRefs: [{ name, port: 80 }],
        });
        const orders = { path: { type: "PathPrefix", value: "/orders" } };
        const beside = (name: string, ...rules: object[]) =>
            adopted("plain", (objects) => {
                const parentRefs = [{ name: "public" }];
                objects.push(gatewayApi("HTTPRoute", name, { parentRefs, rules }));
            }).text;

        it("names them as `match`, of which the rollout has the same ones", () => {
            const exact = {
                path: { type: "Exact", value: "/cart" },
                method: "POST",
                headers: [{ name: "x-team", value: "a" }],
            };
            const manual = beside("web", rule("web", orders, exact))("manual");
            const [, json = ""] = /`match: (.*?)`/.exec(manual) ?? [];
            const match = JSON.parse(json);
            const { gatewayHttpRoute } = validManifests({
                ...{ routing: "gateway-api", match, stableOnlyPaths: [] },
                ...{ hosts: ["api.example.com"], gateways: ["mesh", "edge/public"] },
            });
            const found = gatewayHttpRoute?.spec.rules.flatMap(({ matches }) => matches);
            const typed = [{ name: "x-team", type: "Exact", value: "a" }];
            assert.deepEqual(found, [{ ...exact, headers: typed }, orders]);
            assert.match(manual, /`httpRoute` in `adopt`/);
        });

        it("keeps other apps' rules, and what has the name of the rollout's own routes", () => {
            const api = rule("api", { path: { type: "PathPrefix", value: "/api" } });
            const shared = beside("shop", rule("web", orders), api);
            assert.match(shared("manual"), /delete the app's rules in it after the update/);
            assert.match(beside("web", rule("web", orders), api)("blocked"), /will have this name/);
            assert.match(beside("web-gateway", rule("web", orders))("blocked"), /have this name/);
            assert.equal(beside("web-gateway", rule("web"))("blocked"), "");
        });

        it("leaves out stable-only paths beside a pattern", () => {
            const path = { type: "RegularExpression", value: "/v[12]/.*" };
            assert.match(beside("web", rule("web", { path }))("manual"), /`stableOnlyPaths: \[\]`/);
        });
    });

    for (const [what, change, expected] of BLOCKED) {
        it(`is stopped by ${what}, with a remedy`, () => {
            const { text } = adopted("plain", (objects) => {
                const service = objects.find((one) => one.kind === "Service");
                if (service !== undefined) change(service, objects);
            });
            assert.match(text("blocked"), expected);
        });
    }
});
