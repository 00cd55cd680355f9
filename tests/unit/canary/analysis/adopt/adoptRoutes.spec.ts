import assert from "node:assert/strict";
import { checkConfig } from "../../../../../rollout/config/rolloutConfig";
import { at } from "../../../../../rollout/config/unknown";
import type { Manifest } from "../../../../../rollout/rules";
import { adopted } from "../../../../fixtures/adopt/adopted";
import { istio } from "../../../../fixtures/rules/objects";

describe("adopt: routes", () => {
    const own = [{ destination: { host: "web.shop.svc.cluster.local" } }];
    const others = [{ destination: { host: "users" } }];
    const orders = { uri: { prefix: "/orders/" } };
    const events = { uri: { prefix: "/orders/events" } };
    const outside = { hosts: ["api.example.com"], gateways: ["istio-system/public"] };

    /** The adoption of an app with this VirtualService. */
    function routed(spec: object, name = "routes", roots: readonly Manifest[] = []) {
        const adoption = adopted("plain", (objects) => {
            objects.push(istio("VirtualService", name, spec, "shop"), ...roots);
        });
        const result = checkConfig(adoption.config);
        assert.deepEqual(result.ok ? [] : result.problems, []);
        return adoption;
    }

    it("carry rewrites, headers, CORS policies, redirects and timeouts over", () => {
        const corsPolicy = { allowOrigins: [{ exact: "https://shop.example.com" }] };
        const headers = { response: { set: { "x-app": "web" } } };
        const redirect = { uri: "/", redirectCode: 308 };
        const { config, ownRoutes, text } = routed({
            hosts: ["web"],
            http: [
                { name: "old", match: [{ uri: { prefix: "/old/" } }], redirect },
                {
                    match: [{ ...events, name: "events", ignoreUriCase: false }],
                    route: own,
                    retries: { attempts: 1, perTryTimeout: "1s", retryOn: "reset,unavailable" },
                },
                {
                    route: own,
                    timeout: "20s",
                    rewrite: { authority: "web" },
                    headers,
                    corsPolicy,
                },
            ],
        });
        assert.deepEqual(ownRoutes, []);
        const { timeout, rewrite, headers: all, corsPolicy: cors, routes } = config;
        assert.deepEqual(
            { timeout, rewrite, headers: all, corsPolicy: cors },
            { timeout: "20s", rewrite: { authority: "web" }, headers, corsPolicy },
        );
        const none = { rewrite: {}, headers: {}, corsPolicy: {} };
        assert.deepEqual(routes, [
            {
                ...{ name: "old", match: [{ uri: { prefix: "/old/" } }] },
                ...{ headers: {}, corsPolicy: {}, redirect },
            },
            {
                ...{ name: "route-2", match: [events], ...none, timeout: "60s" },
                retries: {
                    attempts: 1,
                    perTryTimeout: "1s",
                    retryOn: ["reset", "unavailable"],
                },
            },
        ]);
        assert.match(text("manual"), /route-2 has no timeout today/);
    });

    it("become the app's part of a host that other apps have too", () => {
        const { config, commands, text } = routed({
            ...outside,
            http: [
                { match: [{ uri: { prefix: "/users/" } }], route: others },
                { match: [events], route: own, timeout: "50s", rewrite: { uri: "/events" } },
                { match: [orders], route: own, timeout: "9s", rewrite: { uri: "/" } },
                { route: others },
            ],
        });
        assert.deepEqual(config.match, [events, orders]);
        assert.deepEqual([config.timeout, config.rewrite], ["9s", { uri: "/" }]);
        assert.deepEqual(config.routes, [
            { name: "route-2", match: [events], timeout: "50s", rewrite: { uri: "/events" } },
        ]);
        assert.deepEqual(config.gateways, ["mesh", "istio-system/public"]);
        assert.match(
            commands,
            /kubectl patch virtualservice routes -n shop --type=json -p '\[{"op":"remove","path":"\/spec\/http\/2"},{"op":"remove","path":"\/spec\/http\/1"}\]'/,
        );
        assert.doesNotMatch(commands, /kubectl delete virtualservice/);
        assert.match(text("kept"), /2 of its routes are the app's/);
    });

    it("stay together if their order with another app's matters", () => {
        const { config, ownRoutes } = routed({
            ...outside,
            http: [
                { match: [events], route: own },
                { match: [orders], route: others },
            ],
        });
        assert.equal(config.match, undefined);
        assert.equal(ownRoutes.length, 2);
    });

    it("of a delegate stay a delegate's, and the root gets the new name", () => {
        const root = istio(
            "VirtualService",
            "root",
            {
                ...outside,
                http: [{ match: [orders], delegate: { name: "orders", namespace: "shop" } }],
            },
            "platform",
        );
        const spec = { http: [{ route: own, timeout: "9s", rewrite: { uri: "/" } }] };
        const { config, commands, before } = routed(spec, "orders", [root]);
        assert.deepEqual(
            [config.delegate, config.rewrite, config.stableOnlyPaths, config.hosts],
            [true, { uri: "/" }, [], undefined],
        );
        assert.match(
            commands,
            /virtualservice root -n platform .*"path":"\/spec\/http\/0\/delegate","value":{"name":"web-gateway","namespace":"shop"}.*\n.*virtualservice orders/,
        );
        assert.ok(before.some((one) => at(one, "metadata", "name") === "root"));
    });

    it("rewrite only at gateways if only those have them", () => {
        const http = [{ route: own, timeout: "9s", rewrite: { uri: "/api/" } }];
        const { config } = routed({ ...outside, http });
        assert.deepEqual(config.match, [{ uri: { prefix: "/" } }]);
    });

    it("with a regular expression for a path have no stable-only paths", () => {
        const match = [{ uri: { regex: "/o.*" } }];
        const { config, text } = routed({ ...outside, http: [{ match, route: own }] });
        assert.deepEqual([config.match, config.stableOnlyPaths], [match, []]);
        assert.match(text("manual"), /`stableOnlyPaths` is `\[\]`/);
    });

    it("do not get a name that still routes requests", () => {
        const http = [{ match: [orders], route: own }];
        const { text } = routed({ ...outside, http }, "web-gateway");
        assert.match(text("blocked"), /Copy it under another name/);
    });
});
