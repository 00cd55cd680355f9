// Hosts that apps share by path, and routes with settings of their own.
import assert from "node:assert/strict";
import fc from "fast-check";
import { problemLine } from "../../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../../rollout/manifests/manifests";
import type { HttpRoute } from "../../../../../rollout/manifests/traffic/httpRoutes";
import { previousSplitIn } from "../../../../../rollout/plan/previousSplit";
import { findingsIn } from "../../../../../rollout/rules";
import { validInput, validManifests } from "../../../../fixtures/rollout/rollout";

type Change = Partial<RolloutInput>;

const place = { hosts: ["api.example.com"], gateways: ["mesh", "istio-system/public"] };
const orders: Change = { ...place, match: [{ uri: { prefix: "/orders/" } }] };
const stream = { name: "stream", match: [{ uri: { prefix: "/orders/stream" } }] };
const streaming: Change = { routes: [stream] };

function gatewayRoutes(change: Change): readonly HttpRoute[] {
    return validManifests(change).gatewayVirtualService?.spec.http ?? [];
}

function meshRoutes(change: Change): readonly HttpRoute[] {
    return validManifests(change).virtualService.spec.http;
}

const names = (routes: readonly HttpRoute[]) => routes.map(({ name }) => name);
const named = (name: string, routes: readonly HttpRoute[]) =>
    routes.find((one) => one.name === name);

/** The route that Envoy takes for a GET of this path without headers, and the path that the app gets. */
function answerTo(path: string, routes: readonly HttpRoute[]) {
    for (const { name, match = [{}], rewrite } of routes) {
        for (const { uri = { prefix: "/" }, method, headers } of match) {
            if (headers !== undefined) continue;
            if (method?.exact !== undefined && method.exact !== "GET") continue;
            if (uri.exact !== undefined && uri.exact !== path) continue;
            if (uri.prefix !== undefined && !path.startsWith(uri.prefix)) continue;
            if (uri.regex !== undefined && !fullMatch(uri.regex, path)) continue;
            const { uri: to, uriRegexRewrite: regex } = rewrite ?? {};
            if (regex) return { name, app: path.replace(new RegExp(regex.match), regex.rewrite) };
            if (to === undefined) return { name, app: path };
            const app = uri.prefix === undefined ? to : to + path.slice(uri.prefix.length);
            return { name, app };
        }
    }
    return undefined;
}

/** RE2's `(?i:…)` and a leading `(?i)`, for the whole value. */
function fullMatch(regex: string, text: string): boolean {
    const [, before = "", folded] = /^(.*?)\(\?i[:)](.*)$/.exec(regex) ?? ["", regex];
    if (folded === undefined) return new RegExp(`^(?:${regex})$`).test(text);
    const start = new RegExp(`^${before}`).exec(text)?.[0];
    const rest = regex.includes("(?i:") ? folded.slice(0, -1) : folded;
    return start !== undefined && new RegExp(`^(?:${rest})$`, "i").test(text.slice(start.length));
}

describe("a host that apps share", () => {
    it("has its part at the gateways in a VirtualService of its own", () => {
        const { virtualService, gatewayVirtualService } = validManifests(orders);
        assert.deepEqual(virtualService.spec.hosts, ["web.demo.svc.cluster.local"]);
        assert.deepEqual(virtualService.spec.gateways, ["mesh"]);
        assert.deepEqual(gatewayVirtualService?.spec.hosts, place.hosts);
        assert.deepEqual(gatewayVirtualService?.spec.gateways, ["istio-system/public"]);
        assert.deepEqual(
            gatewayVirtualService?.spec.http.map(({ match }) => match),
            [[{ uri: { prefix: "/orders/" } }]],
        );
        assert.equal(virtualService.spec.http.at(-1)?.match, undefined);
    });

    it("leaves all other requests of the host to other apps", () => {
        const rest = {
            ...orders,
            weight: 0,
            mirror: { percentage: 100 },
            targets: [{ headers: { "x-beta": { exact: "1" } } }],
            stableOnlyPaths: ["/admin", "/orders/admin"],
        };
        const routes = gatewayRoutes(rest);
        assert.deepEqual(names(routes), ["stable-only", "targeted", "mirrored", "weighted"]);
        for (const path of ["/", "/users", "/admin", "/orders"]) {
            assert.equal(answerTo(path, routes), undefined, path);
        }
        assert.equal(answerTo("/orders/1", routes)?.name, "mirrored");
    });

    it("is shared with another rollout without a finding", () => {
        const other = { ...place, app: "users", match: [{ uri: { prefix: "/users/" } }] };
        const both = [orders, other].map((change) => manifestList(validManifests(change)));
        assert.deepEqual(findingsIn(both.flat()), []);
    });

    it("is refused if two rollouts have the same part", () => {
        const both = [orders, { ...orders, app: "users" }];
        const found = findingsIn(both.flatMap((change) => manifestList(validManifests(change))));
        assert.deepEqual(
            found.map(({ resource, path }) => [resource, path]),
            [["VirtualService demo/web-gateway", "spec.hosts[0]"]],
        );
    });

    it("compares names of headers in lower case, as Envoy", () => {
        const match = [
            { headers: { "X-Tenant": { exact: "a" } }, withoutHeaders: { "X-Old": {} } },
        ];
        assert.deepEqual(named("weighted", gatewayRoutes({ ...orders, match }))?.match, [
            { headers: { "x-tenant": { exact: "a" } }, withoutHeaders: { "x-old": {} } },
        ]);
    });
});

describe("a delegate", () => {
    const delegate: Change = { delegate: true, stableOnlyPaths: [] };

    it("has no hosts and no gateways", () => {
        const { virtualService, gatewayVirtualService } = validManifests(delegate);
        assert.equal(gatewayVirtualService?.metadata.name, "web-gateway");
        assert.equal(gatewayVirtualService?.spec.hosts, undefined);
        assert.equal(gatewayVirtualService?.spec.gateways, undefined);
        assert.deepEqual(virtualService.spec.hosts, ["web.demo.svc.cluster.local"]);
        assert.deepEqual(findingsIn(manifestList(validManifests(delegate))), []);
    });

    it("has its split found by the next update", () => {
        const { virtualService, gatewayVirtualService } = validManifests({
            ...delegate,
            weight: 25,
        });
        const objects = [virtualService, gatewayVirtualService];
        const entries = objects.map((outputs, index) => [
            String(index),
            { type: "kubernetes:networking.istio.io/v1:VirtualService", outputs },
        ]);
        const split = previousSplitIn(Object.fromEntries(entries), "demo", "web");
        assert.deepEqual(split, { shares: { v1: 75, v2: 25 }, stable: "v1", direct: [] });
    });
});

describe("a rewrite", () => {
    const rewritten: Change = { ...orders, rewrite: { uri: "/" } };

    it("to stable-only paths of all requests is refused, because nothing would be split", () => {
        const check = (change: Change) => {
            const result = checkConfig(validInput(change));
            return result.ok ? [] : result.problems.map(problemLine);
        };
        assert.deepEqual(check({ rewrite: { uri: "/Admin/web/" } }), [
            'rewrite.uri: expected a path outside /admin, because no request would go to the canary, got "/Admin/web/". Use another path, or remove this one from `stableOnlyPaths`.',
        ]);
        assert.deepEqual(check({ rewrite: { uri: "/administrators/" } }), []);
        assert.deepEqual(check({ ...orders, rewrite: { uri: "/admin/" } }), []);
    });

    it("applies at gateways only if the host is shared", () => {
        assert.deepEqual(named("weighted", gatewayRoutes(rewritten))?.rewrite, { uri: "/" });
        assert.equal(named("weighted", meshRoutes(rewritten))?.rewrite, undefined);
        const everywhere = meshRoutes({ ...place, rewrite: { authority: "web.internal" } });
        assert.deepEqual(named("weighted", everywhere)?.rewrite, { authority: "web.internal" });
    });

    it("gives a narrower route the same path in the app", () => {
        const routes = gatewayRoutes({ ...rewritten, ...streaming });
        assert.deepEqual(answerTo("/orders/stream/1", routes), {
            name: "stream-weighted",
            app: "/stream/1",
        });
        assert.deepEqual(answerTo("/orders/list", routes), { name: "weighted", app: "/list" });
    });

    it("of a route replaces that route's own prefix", () => {
        const own = { ...stream, rewrite: { uri: "/events" } };
        const routes = gatewayRoutes({ ...rewritten, routes: [own] });
        assert.deepEqual(answerTo("/orders/stream/1", routes), {
            name: "stream-weighted",
            app: "/events/1",
        });
    });

    it("keeps the canary off the paths that are stable-only in the app", () => {
        const routes = gatewayRoutes({ ...rewritten, ...streaming, stableOnlyPaths: ["/admin"] });
        for (const path of [
            "/orders/admin",
            "/orders/ADMIN/x",
            "/orders//admin",
            "/orders/admin;a",
        ]) {
            const answer = answerTo(path, routes);
            assert.equal(answer?.name, "stable-only", path);
            assert.equal(answer?.app, path.slice("/orders".length), path);
        }
        assert.equal(answerTo("/orders/administrators", routes)?.name, "weighted");
    });
});

describe("stable-only paths", () => {
    const anyPath = fc
        .array(fc.constantFrom("a", "b", "Ab", "stream"), { minLength: 1, maxLength: 3 })
        .map((steps) => `/${steps.join("/")}`);
    const anySuffix = fc.constantFrom("", "/", "/x", ";p", "x");

    it("keep the canary off whatever a section or a rewrite makes of them", () => {
        fc.assert(
            fc.property(
                anyPath,
                fc.array(anyPath, { minLength: 1, maxLength: 2 }),
                anyPath,
                fc.constantFrom(undefined, "/", "/a", "/ab/"),
                anyPath,
                anySuffix,
                (stable, prefixes, own, uri, asked, suffix) => {
                    const routes = gatewayRoutes({
                        ...place,
                        match: prefixes.map((prefix) => ({ uri: { prefix } })),
                        routes: [{ name: "own", match: [{ uri: { prefix: own } }] }],
                        stableOnlyPaths: [stable],
                        ...(uri !== undefined && { rewrite: { uri } }),
                    });
                    const answer = answerTo(asked + suffix, routes);
                    const isShared = prefixes.some((one) => (asked + suffix).startsWith(one));
                    assert.equal(answer !== undefined, isShared);
                    if (answer === undefined) return;
                    const pinned = new RegExp(`^${stable}([/;].*)?$`, "i").test(answer.app);
                    const isStable = answer.name.endsWith("stable-only");
                    // With a rewrite, a path may have several spellings in the app.
                    if (pinned || uri === undefined) assert.equal(isStable, pinned, answer.app);
                },
            ),
            { numRuns: 500 },
        );
    });
});

describe("a route of one's own", () => {
    it("has its own settings, and the split of all routes", () => {
        const routes = meshRoutes({
            ...streaming,
            weight: 25,
            headers: { response: { set: { "x-app": "web" } } },
            corsPolicy: { allowOrigins: [{ exact: "https://shop.example.com" }] },
            routes: [
                {
                    ...stream,
                    timeout: "30s",
                    retries: { attempts: 0 },
                    headers: { request: { remove: ["x-debug"] } },
                },
            ],
        });
        assert.deepEqual(names(routes), ["stream-weighted", "stable-only", "weighted"]);
        const [own, , rest] = routes;
        assert.deepEqual(own?.route, rest?.route);
        assert.deepEqual([own?.timeout, rest?.timeout], ["30s", "5s"]);
        assert.deepEqual(own?.retries, { attempts: 0 });
        assert.deepEqual(own?.headers, { request: { remove: ["x-debug"] } });
        assert.deepEqual(rest?.headers, { response: { set: { "x-app": "web" } } });
        assert.deepEqual(own?.corsPolicy, rest?.corsPolicy);
    });

    it("may redirect instead", () => {
        const redirect = { uri: "/orders/", redirectCode: 308 };
        const route = { name: "old", match: [{ uri: { prefix: "/old/" } }], redirect };
        const [first, ...others] = meshRoutes({ routes: [route] });
        assert.deepEqual(first, {
            name: "old-redirect",
            match: route.match,
            redirect,
        });
        assert.deepEqual(names(others), ["stable-only", "weighted"]);
        assert.deepEqual(findingsIn(manifestList(validManifests({ routes: [route] }))), []);
    });

    it("may have no timeout with an exemption", () => {
        const change = {
            routes: [{ ...stream, timeout: "0s" }],
            exemptions: { "http-timeout": "2999-12-31 event stream" },
        };
        const [own, ...others] = meshRoutes(change);
        assert.ok(own !== undefined && !("timeout" in own));
        assert.deepEqual(
            others.map(({ timeout }) => timeout),
            ["5s", "5s"],
        );
    });

    it("changes only weights between phases", () => {
        const change: Change = { ...orders, ...streaming, sticky: { cookie: "web-version" } };
        const shape = (weight: number) =>
            JSON.parse(
                JSON.stringify(gatewayRoutes({ ...change, weight }), (key, value) =>
                    key === "weight" ? "n" : value,
                ),
            );
        for (const weight of [10, 50, 100]) assert.deepEqual(shape(weight), shape(0));
    });
});

describe("keys of routes", () => {
    const refused: readonly [what: string, change: object, problems: RegExp[]][] = [
        ["a part of no host", { match: orders.match }, [/^match: expected \[\].*`delegate: true`/]],
        [
            "hosts of a delegate",
            { ...place, delegate: true, stableOnlyPaths: [] },
            [/^hosts: expected no value/, /^gateways: expected \["mesh"\]/],
        ],
        [
            "stable-only paths of a delegate",
            { delegate: true },
            [/^stableOnlyPaths: expected \[\], because Istio drops/],
        ],
        [
            "a pattern beside stable-only paths",
            { ...place, match: [{ uri: { regex: "/o.*" } }] },
            [
                /^match\[0\]\.uri\.regex: expected no value, because a pattern.*stableOnlyPaths: \[\]/,
            ],
        ],
        [
            "two patterns of a path",
            {
                ...place,
                stableOnlyPaths: [],
                match: [{ uri: { regex: "/o.*" } }],
                routes: [stream],
            },
            [/^routes\[0\]\.match\[0\]: expected conditions that can be combined with match\.0/],
        ],
        [
            "a header with two conditions",
            {
                ...place,
                targets: [{ headers: { "X-Beta": { exact: "1" } } }],
                match: [{ headers: { "x-beta": { exact: "2" } } }],
            },
            [/^match\[0\]\.headers\.x-beta: expected no value, because `targets`/],
        ],
        [
            "no timeout without an exemption",
            { routes: [{ ...stream, timeout: "0s" }] },
            [/^routes\[0\]\.timeout: expected a duration above 0.*exemptions\.http-timeout/],
        ],
        [
            "tries that exceed a route's timeout",
            { routes: [{ ...stream, timeout: "1s", retries: { perTryTimeout: "1s" } }] },
            [/^routes\[0\]\.retries\.perTryTimeout: expected at most timeout \(1s\) divided by 3/],
        ],
        [
            "two routes of a name",
            { routes: [stream, stream] },
            [/^routes\[1\]\.name: expected a name that no other route has/],
        ],
        [
            "a path without a slash",
            { ...place, match: [{ uri: { prefix: "orders" } }] },
            [/^match\[0\]\.uri\.prefix: expected a path/],
        ],
        [
            "two rewrites at once",
            { rewrite: { uri: "/", uriRegexRewrite: { match: "a", rewrite: "b" } } },
            [/^rewrite: expected either uri or uriRegexRewrite/],
        ],
    ];
    for (const [what, change, problems] of refused) {
        it(`refuse ${what}`, () => {
            const result = checkConfig({ ...validInput(), ...change });
            const lines = result.ok ? [] : result.problems.map(problemLine);
            assert.equal(lines.length, problems.length, lines.join("\n"));
            for (const [index, problem] of problems.entries()) {
                assert.match(lines[index] ?? "", problem);
            }
        });
    }
});
