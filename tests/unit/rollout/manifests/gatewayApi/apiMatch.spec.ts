import assert from "node:assert/strict";
import { problemLine } from "../../../../../rollout/config/problems";
import { matchesRe2 } from "../../../../../rollout/config/re2";
import { checkConfig, type RolloutInput } from "../../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../../rollout/manifests/manifests";
import { splitIn } from "../../../../../rollout/plan/previousSplit";
import { checkManifests } from "../../../../../rollout/rules";
import { matchesInOrder } from "../../../../../rollout/rules/lookup/mesh/gatewayApi";
import { manifestsAsData, validInput, validManifests } from "../../../../fixtures/rollout/rollout";

const place = { hosts: ["api.example.com"], gateways: ["mesh", "istio-system/public/https"] };
const routing = "gateway-api";
type Match = NonNullable<RolloutInput["match"]>;

function routeOf(match: Match, change: Partial<RolloutInput> = {}) {
    const { gatewayHttpRoute } = validManifests({ routing, ...place, match, ...change });
    assert.ok(gatewayHttpRoute);
    return gatewayHttpRoute;
}

function problems(match: Match, change: Partial<RolloutInput> = {}): string[] {
    const result = checkConfig(validInput({ routing, ...place, match, ...change }));
    return result.ok ? [] : result.problems.map(problemLine);
}

interface Asked {
    readonly path: string;
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
}

/** The backends that have a request at the gateway, by Istio's order of the rules: "web-v1,web-v2" for the split. */
function backendsOf(route: object, { path, method = "GET", headers = {} }: Asked): string {
    const found = matchesInOrder(JSON.parse(JSON.stringify(route))).find(({ match }) => {
        const one = match as ReturnType<typeof routeOf>["spec"]["rules"][number]["matches"][number];
        const { type, value } = one.path;
        const isPath = {
            Exact: path === value,
            PathPrefix: `${path}/`.startsWith(value === "/" ? "/" : `${value}/`),
            RegularExpression: matchesRe2(`^(?:${value})$`, path) === true,
        }[type];
        const list = (one as { headers?: { name: string; type: string; value: string }[] }).headers;
        const isHeaders = (list ?? []).every(({ name, type, value }) =>
            type === "Exact"
                ? headers[name] === value
                : matchesRe2(`^(?:${value})$`, headers[name] ?? "") === true,
        );
        return isPath && isHeaders && (one.method ?? method) === method;
    });
    const backends = (found?.rule as { backendRefs?: { name: string }[] } | undefined)?.backendRefs;
    return (backends ?? []).map(({ name }) => name).join() || "none";
}

const SPLIT = "web-v1,web-v2";

describe("match with routing gateway-api", () => {
    it("sends a part to the stable alone if all of its paths are stable-only", () => {
        const route = routeOf([{ uri: { prefix: "/admin/" } }], { weight: 25 });
        const backends = route.spec.rules.map(({ backendRefs }) => backendRefs);
        assert.deepEqual(backends, [[{ name: "web-v1", port: 80, weight: 1 }]]);
        assert.equal(backendsOf(route, { path: "/admin/users" }), "web-v1");
        const manifests = manifestsAsData({
            ...{ routing, ...place, weight: 25 },
            match: [{ uri: { prefix: "/admin/" } }],
        });
        assert.deepEqual(checkManifests(manifests, { today: "2026-01-01" }), []);
    });

    it("has an HTTPRoute for the gateways, and one for all requests inside the mesh", () => {
        const change: Partial<RolloutInput> = {
            ...{ routing, ...place },
            match: [{ uri: { prefix: "/orders/" } }],
        };
        const { httpRoute, gatewayHttpRoute } = validManifests(change);
        const names = manifestList(validManifests(change)).map(
            ({ kind, metadata }) => `${kind} ${metadata.name}`,
        );
        assert.ok(names.indexOf("HTTPRoute web-gateway") < names.indexOf("HTTPRoute web"));
        assert.ok(!names.some((name) => name.startsWith("VirtualService")));
        assert.deepEqual(httpRoute?.spec, validManifests({ routing }).httpRoute?.spec);
        assert.deepEqual(gatewayHttpRoute?.spec, {
            parentRefs: [
                {
                    group: "gateway.networking.k8s.io",
                    kind: "Gateway",
                    namespace: "istio-system",
                    name: "public",
                    sectionName: "https",
                },
            ],
            hostnames: place.hosts,
            rules: [
                {
                    matches: [{ path: { type: "PathPrefix", value: "/orders" } }],
                    backendRefs: [
                        { name: "web-v1", port: 80, weight: 100 },
                        { name: "web-v2", port: 80, weight: 0 },
                    ],
                    timeouts: { request: "5s" },
                },
            ],
        });
    });

    it("has every condition that an HTTPRoute can say", () => {
        const match: Match = [
            { uri: { exact: "/cart" }, method: { exact: "POST" } },
            { uri: { prefix: "/" } },
            {
                uri: { regex: "/v[12]/.*" },
                headers: { "X-Team": { prefix: "a." }, "X-Any": {}, "X-One": { exact: "1" } },
                queryParams: { q: { regex: "[0-9]+" } },
            },
        ];
        assert.deepEqual(routeOf(match, { stableOnlyPaths: [] }).spec.rules[0]?.matches, [
            { path: { type: "Exact", value: "/cart" }, method: "POST" },
            { path: { type: "PathPrefix", value: "/" } },
            {
                path: { type: "RegularExpression", value: "/v[12]/.*" },
                headers: [
                    { name: "x-team", type: "RegularExpression", value: "a\\..*" },
                    { name: "x-any", type: "RegularExpression", value: ".*" },
                    { name: "x-one", type: "Exact", value: "1" },
                ],
                queryParams: [{ name: "q", type: "RegularExpression", value: "[0-9]+" }],
            },
        ]);
    });

    it("leaves stable-only paths to the stable and targets to the canary, in the order of the Gateway API", () => {
        const route = routeOf(
            [
                { uri: { prefix: "/orders/" } },
                { uri: { prefix: "/orders/archive/" }, method: { exact: "GET" } },
                { uri: { exact: "/cart" } },
                { headers: { "x-team": { exact: "orders" } } },
            ],
            {
                weight: 25,
                stableOnlyPaths: ["/admin", "/orders/admin", "/orders/archive/keys"],
                targets: [{ headers: { "x-user": { exact: "tester" } } }],
            },
        );
        const cases: [Asked, string][] = [
            [{ path: "/orders" }, SPLIT],
            [{ path: "/orders/42" }, SPLIT],
            [{ path: "/ordersbook" }, "none"],
            [{ path: "/cart" }, SPLIT],
            [{ path: "/cart/1" }, "none"],
            [{ path: "/admin" }, "none"],
            [{ path: "/orders/ADMIN/users" }, "web-v1"],
            [{ path: "/orders/archive/keys" }, "web-v1"],
            [{ path: "/orders/archive//keys;a", method: "POST" }, "web-v1"],
            [{ path: "/orders/archive/2026" }, SPLIT],
        ];
        const team = { "x-team": "orders" };
        cases.push([{ path: "/admin", headers: team }, "web-v1"]);
        cases.push([{ path: "/anything", headers: team }, SPLIT]);
        for (const [asked, expected] of cases) {
            assert.equal(backendsOf(route, asked), expected, JSON.stringify(asked));
            const headers = { ...asked.headers, "x-user": "tester" };
            const targeted = expected === SPLIT ? "web-v2" : expected;
            assert.equal(backendsOf(route, { ...asked, headers }), targeted, asked.path);
        }
    });

    it("keeps prefixes as prefixes if no stable-only path is in them, so that they come before another app's", () => {
        const typesOf = (match: Match, stableOnlyPaths: string[]) =>
            routeOf(match, { stableOnlyPaths }).spec.rules.flatMap(({ matches }) =>
                matches.map(({ path }) => `${path.type} ${path.value}`),
            );
        const orders: Match = [{ uri: { prefix: "/orders/" } }];
        assert.deepEqual(typesOf(orders, ["/admin"]), ["PathPrefix /orders"]);
        assert.deepEqual(typesOf(orders, ["/orders"]), ["PathPrefix /orders"]);
        assert.deepEqual(
            typesOf(orders, ["/orders/admin"]).at(-1),
            "RegularExpression /orders(/.*)?",
        );
    });

    it("is the same at every weight, and both routes have it", () => {
        const match: Match = [{ uri: { prefix: "/orders/" } }];
        const at = (weight: number) =>
            JSON.stringify(routeOf(match, { weight })).replace(/"weight":\d+/g, "weight");
        assert.equal(at(0), at(50));
        const route = routeOf(match, { weight: 10, stable: "v2", canary: "v1" });
        assert.deepEqual(splitIn(route), { shares: { v1: 10, v2: 90 }, stable: "v2" });
    });

    it("breaks no rule, also with stable-only paths in the part", () => {
        const match = [{ uri: { prefix: "/orders/" } }];
        const paths = ["/orders/admin"];
        const change: Partial<RolloutInput> = {
            ...{ routing, ...place, match, weight: 25 },
            stableOnlyPaths: paths,
        };
        const settings = { byRule: { "stable-only-paths": { options: { paths } } } } as const;
        const check = (changed: Partial<RolloutInput>) =>
            checkManifests(manifestsAsData({ ...change, ...changed }), {
                ...{ today: "2026-11-28", preset: "strict", settings },
            });
        assert.deepEqual(check({}), []);
        assert.deepEqual(
            check({ routing: "istio", gateways: ["mesh", "istio-system/public"] }),
            [],
        );
        const broken = check({ stableOnlyPaths: [] }).map(({ rule }) => rule.id);
        assert.ok(broken.includes("stable-only-paths"), broken.join());
    });

    it("refuses what an HTTPRoute cannot say, all of it at once", () => {
        const found = problems(
            [
                { uri: { prefix: "/orders" } },
                { uri: { exact: "/a//b" }, method: { regex: "GET|HEAD" } },
                { uri: { prefix: "/ä/" }, withoutHeaders: { "x-a": {} } },
                { queryParams: { "ab[]": { exact: "1" } } },
            ],
            { stableOnlyPaths: [] },
        );
        assert.deepEqual(
            found.map((line) => line.split(":")[0]),
            [
                ...["match[0].uri.prefix", "match[1].uri.exact", "match[1].method"],
                ...[
                    "match[2].uri.prefix",
                    "match[2].withoutHeaders",
                    'match[3].queryParams["ab[]"]',
                ],
            ],
        );
        assert.equal(
            found[0],
            'match[0].uri.prefix: expected a prefix that ends in "/" with routing gateway-api, because PathPrefix matches whole segments only, got "/orders". Use "/orders/", or `regex` for every path that begins with it.',
        );
    });

    it("refuses more matches than an HTTPRoute has", () => {
        const match = Array.from({ length: 16 }, (_, index) => ({
            uri: { prefix: `/a${index}/` },
        }));
        const targets = Array.from({ length: 4 }, (_, index) => ({
            headers: { "x-user": { exact: `${index}` } },
        }));
        assert.deepEqual(problems(match, { targets }), []);
        const [line] = problems([...match, { uri: { prefix: "/b/" } }], { targets });
        assert.match(
            line ?? "",
            /^match: expected fewer entries .* 64 in a rule, and these need 85/,
        );
    });

    it("needs hosts, and names the keys of this routing", () => {
        const [line] = problems([{ uri: { prefix: "/a/" } }], { hosts: [], gateways: ["mesh"] });
        assert.match(line ?? "", /^match: expected \[\].* Set `hosts` and `gateways`\.$/);
    });
});
