import assert from "node:assert/strict";
import { httpRouteProblems } from "../../../../../canary/analysis/cluster/otherHttpRoutes";
import type { RolloutInput } from "../../../../../rollout/config/rolloutConfig";
import { validManifests } from "../../../../fixtures/rollout/rollout";
import { gatewayApi } from "../../../../fixtures/rules/objects";

const MESH = { group: "", kind: "Service", name: "web", namespace: "demo", port: 80 };
const PUBLIC = { namespace: "edge", name: "public" };
const HOST = "shop.example.com";

const accepted = (status: string, reason: string) => ({
    parents: [
        {
            parentRef: { ...PUBLIC, sectionName: "https" },
            conditions: [{ type: "Accepted", status, reason }],
        },
    ],
});

/** What is reported beside a rollout that has HOST at the listener `https` of edge/public. */
function found(
    spec: object,
    namespace = "shop",
    routing = "gateway-api",
    status: object = accepted("True", "Accepted"),
) {
    const { httpRoute } = validManifests({
        routing: "gateway-api",
        hosts: [HOST],
        gateways: ["mesh", "edge/public/https"],
        stableOnlyPaths: ["/admin"],
    });
    const own = { ...JSON.parse(JSON.stringify(httpRoute)), status };
    const other = gatewayApi("HTTPRoute", "other", spec, namespace);
    const rollout = { app: "web", namespace: "demo", routing };
    const routes = routing === "gateway-api" ? [own, other] : [other];
    return httpRouteProblems(rollout, routes).map(
        ({ text, isSafe }) => `${isSafe ? "note" : "reason"}: ${text}`,
    );
}

const users = { backendRefs: [{ name: "users", port: 80 }] };
const below = (value: string) => ({
    ...users,
    matches: [{ path: { type: "PathPrefix", value } }],
});
const at = (parent: object, rule: object = users, hostnames?: string[]) => ({
    parentRefs: [parent],
    rules: [rule],
    ...(hostnames && { hostnames }),
});

describe("httpRouteProblems", () => {
    it("refuses a route to the same requests at a Gateway that both have, by name and with the remedy", () => {
        const expected = [
            "reason: HTTPRoute shop/other: expected no requests to shop.example.com at Gateway edge/public that demo/web has too, got a match of every request. Istio uses the older of the two rules. Limit its matches, or change its hostnames. To remove it: `kubectl delete httproute other -n shop`.",
        ];
        assert.deepEqual(found(at(PUBLIC, users, [HOST])), expected);
        const section = { ...PUBLIC, sectionName: "https" };
        assert.deepEqual(found(at(section, below("/"), ["Shop.example.com"])), expected);
    });

    it("refuses one that repeats a stable-only path", () => {
        const path = { type: "RegularExpression", value: "(?i)(/|%2f)+admin((/|%2f|;).*)?" };
        const [reason] = found(at(PUBLIC, { ...users, matches: [{ path }] }, [HOST]));
        assert.match(reason ?? "", /^reason: HTTPRoute shop\/other: .*admin.*the older/);
    });

    it("notes paths that another app has", () => {
        assert.deepEqual(found(at(PUBLIC, below("/users"), [HOST])), [
            "note: HTTPRoute shop/other takes its requests to shop.example.com at Gateway edge/public (/users) from demo/web: the weight does not apply to them.",
        ]);
    });

    it("accepts other listeners, Gateways, hosts and wildcards", () => {
        const others = [
            at({ ...PUBLIC, sectionName: "http" }, users, [HOST]),
            at({ ...PUBLIC, name: "private" }, users, [HOST]),
            at({ name: "public" }, users, [HOST]),
            at(PUBLIC, users, ["api.example.com"]),
            at(PUBLIC, users, ["*.example.com"]),
        ];
        for (const one of others) assert.deepEqual(found(one), [], JSON.stringify(one));
    });

    it("notes a route without hostnames, which has the listener's", () => {
        assert.match(found(at(PUBLIC)).join(), /^note: HTTPRoute shop\/other: .*every request/);
    });

    it("refuses a route to the same requests of sidecars, also for the callers of one namespace", () => {
        for (const namespace of ["demo", "shop"]) {
            assert.match(
                found(at(MESH), namespace).join(),
                /^reason: HTTPRoute \w+\/other: expected no requests to web\.demo\.svc\.cluster\.local that demo\/web has too, got a match of every request/,
            );
        }
        assert.match(found(at(MESH, below("/users")), "demo").join(), /^note: /);
        assert.deepEqual(found(at({ ...MESH, port: 9000 }), "demo"), []);
        assert.deepEqual(found(at({ ...MESH, name: "api" }), "demo"), []);
    });

    it("refuses a parent Service without port, which Istio does not merge with one that has it", () => {
        const { port: _, ...parent } = MESH;
        assert.match(found(at(parent, below("/a")), "demo").join(), /^reason: .*without port/);
    });

    it("refuses every route of sidecars beside a VirtualService", () => {
        const beside = found(at(MESH, below("/users")), "demo", "istio");
        assert.match(beside.join(), /^reason: .*got an HTTPRoute beside the VirtualService/);
        assert.deepEqual(found(at(PUBLIC, users, [HOST]), "shop", "istio"), []);
    });

    it("notes a Gateway that does not accept the rollout's own route", () => {
        const apart = at({ name: "private" });
        const place = "note: HTTPRoute demo/web: Gateway edge/public does not accept it";
        assert.deepEqual(
            found(apart, "shop", "gateway-api", accepted("False", "NotAllowedByListeners")),
            [
                `${place} (NotAllowedByListeners), so callers there get 404. Correct \`gateways\` or the Gateway.`,
            ],
        );
        assert.match(
            found(apart, "shop", "gateway-api", {}).join(),
            /no controller has a Gateway of this name/,
        );
    });

    it("refuses a backend that is the shared Service, at any parent and with any routing", () => {
        const backendRefs = [{ name: "web", namespace: "demo", port: 80 }];
        const to = at({ name: "private" }, { backendRefs });
        assert.deepEqual(found(to), [
            "reason: HTTPRoute shop/other: expected no backend Service demo/web, because both versions get its requests by the number of pods, got spec.rules[0].backendRefs[0]. Add its Gateways to `gateways` and its hostnames to `hosts`, run `pulumi up`, and delete it: `kubectl delete httproute other -n shop`.",
        ]);
        assert.match(found(to, "shop", "istio").join(), /Lead its requests through `gateways`/);
        const atZero = at({ name: "private" }, { backendRefs: [{ ...backendRefs[0], weight: 0 }] });
        assert.deepEqual(found(atZero), []);
    });
});

describe("httpRouteProblems of an app that shares its hosts", () => {
    type Match = NonNullable<RolloutInput["match"]>;
    const orders: Match = [{ uri: { prefix: "/orders/" } }];

    /** What is reported beside the part of a rollout, for another route with these matches of the same host. */
    function beside(matches: object[], match = orders, stableOnlyPaths = ["/admin"]) {
        const { httpRoute, gatewayHttpRoute } = validManifests({
            routing: "gateway-api",
            hosts: [HOST],
            gateways: ["mesh", "edge/public/https"],
            ...{ match, stableOnlyPaths },
        });
        const [mesh, own] = JSON.parse(JSON.stringify([httpRoute, gatewayHttpRoute]));
        const status = accepted("True", "Accepted");
        const other = gatewayApi("HTTPRoute", "other", at(PUBLIC, { ...users, matches }, [HOST]));
        const rollout = { app: "web", namespace: "demo", routing: "gateway-api" };
        return httpRouteProblems(rollout, [mesh, { ...own, status }, other]).map(
            ({ text, isSafe }) => `${isSafe ? "note" : "reason"}: ${text}`,
        );
    }
    const path = (type: string, value: string) => ({ path: { type, value } });

    it("accepts disjoint parts, and less specific ones", () => {
        const others = [
            path("PathPrefix", "/users"),
            path("PathPrefix", "/"),
            path("PathPrefix", "/ordersbook"),
            path("Exact", "/order"),
            path("RegularExpression", "/users/[0-9]+"),
            path("RegularExpression", ".*"),
        ];
        for (const one of others) assert.deepEqual(beside([one]), [], JSON.stringify(one));
        const method = (name: string) => ({ uri: { prefix: "/orders/" }, method: { exact: name } });
        const post = { ...path("PathPrefix", "/orders"), method: "POST" };
        assert.deepEqual(beside([post], [method("GET")]), []);
        const team = (value: string) => [{ name: "X-Team", value }];
        const headers = { "x-team": { exact: "a" } };
        assert.deepEqual(beside([{ headers: team("b") }], [{ headers }], []), []);
    });

    it("refuses the same part, however it is written", () => {
        for (const value of ["/orders", "/orders/"]) {
            assert.match(
                beside([path("PathPrefix", value)]).join(),
                /^reason: HTTPRoute shop\/other: .*PathPrefix.*Istio uses the older/,
            );
        }
    });

    it("notes a more specific part within its own", () => {
        assert.deepEqual(beside([path("PathPrefix", "/orders/archive"), path("Exact", "/a")]), [
            "note: HTTPRoute shop/other takes its requests to shop.example.com at Gateway edge/public (/orders/archive) from demo/web: the weight does not apply to them.",
        ]);
    });

    it("refuses a prefix over the regular expressions that stable-only paths need", () => {
        for (const value of ["/", "/orders"]) {
            assert.match(
                beside([path("PathPrefix", value)], orders, ["/orders/admin"]).join(),
                /^reason: .*Istio tries prefixes before regular expressions.*stableOnlyPaths/,
            );
        }
        assert.deepEqual(beside([path("RegularExpression", "/.*")], orders, ["/orders/admin"]), []);
    });

    it("notes a Gateway that does not accept the gateways' own route", () => {
        const { httpRoute, gatewayHttpRoute } = validManifests({
            routing: "gateway-api",
            hosts: [HOST],
            gateways: ["mesh", "edge/public/https"],
            match: orders,
        });
        const rollout = { app: "web", namespace: "demo", routing: "gateway-api" };
        const routes = JSON.parse(JSON.stringify([httpRoute, gatewayHttpRoute]));
        assert.deepEqual(
            httpRouteProblems(rollout, routes).map(({ text }) => text.split(":")[0]),
            ["HTTPRoute demo/web-gateway"],
        );
    });
});
