import assert from "node:assert/strict";
import { problemLine } from "../../../../../rollout/config/problems";
import { checkConfig, type RolloutInput } from "../../../../../rollout/config/rolloutConfig";
import { manifestList } from "../../../../../rollout/manifests/manifests";
import { splitIn } from "../../../../../rollout/plan/previousSplit";
import { checkManifests } from "../../../../../rollout/rules";
import { manifestsAsData, validInput, validManifests } from "../../../../fixtures/rollout/rollout";

const routing = "gateway-api";

function routeOf(change: Partial<RolloutInput> = {}) {
    const { httpRoute } = validManifests({ routing, ...change });
    assert.ok(httpRoute);
    return httpRoute;
}

function problems(change: Partial<RolloutInput>): string[] {
    const result = checkConfig(validInput({ routing, ...change }));
    return result.ok ? [] : result.problems.map(problemLine);
}

describe("routing gateway-api", () => {
    it("writes an HTTPRoute in place of the VirtualService, and a Service for each slot", () => {
        const kinds = (change: Partial<RolloutInput>) =>
            manifestList(validManifests(change))
                .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
                .filter((name) => /Service|Route|Rule/.test(name) && !name.includes("Account"));
        assert.deepEqual(kinds({}), ["Service web", "DestinationRule web", "VirtualService web"]);
        assert.deepEqual(kinds({ routing }), [
            "Service web",
            "DestinationRule web",
            "Service web-v1",
            "DestinationRule web-v1",
            "Service web-v2",
            "DestinationRule web-v2",
            "HTTPRoute web",
        ]);
    });

    it("splits the requests to the shared Service between those of the slots", () => {
        const { spec } = routeOf({ weight: 25, stableOnlyPaths: [], timeout: "1500ms" });
        assert.deepEqual(spec, {
            parentRefs: [{ group: "", kind: "Service", name: "web", port: 80 }],
            rules: [
                {
                    matches: [{ path: { type: "PathPrefix", value: "/" } }],
                    backendRefs: [
                        { name: "web-v1", port: 80, weight: 75 },
                        { name: "web-v2", port: 80, weight: 25 },
                    ],
                    timeouts: { request: "1s500ms" },
                },
            ],
        });
    });

    it("has Gateways and host names for callers outside the mesh, with the same rules", () => {
        const gateways = ["mesh", "istio-system/public/https", "edge/private"];
        const { spec } = routeOf({ weight: 25, hosts: ["shop.example.com"], gateways });
        assert.deepEqual(spec.parentRefs, [
            { group: "", kind: "Service", name: "web", port: 80 },
            {
                group: "gateway.networking.k8s.io",
                kind: "Gateway",
                namespace: "istio-system",
                name: "public",
                sectionName: "https",
            },
            {
                group: "gateway.networking.k8s.io",
                kind: "Gateway",
                namespace: "edge",
                name: "private",
            },
        ]);
        assert.deepEqual(spec.hostnames, ["shop.example.com"]);
        assert.deepEqual(spec.rules, routeOf({ weight: 25 }).spec.rules);
    });

    it("takes over an HTTPRoute that exists", () => {
        const { annotations } = routeOf({ adopt: ["httpRoute"] }).metadata;
        assert.equal(annotations["pulumi.com/patchForce"], "true");
        const [line] = problems({ routing: "istio", adopt: ["httpRoute"] });
        assert.equal(
            line,
            'adopt: expected a list without it with routing istio, because there is no HTTPRoute, got ["httpRoute"]. Remove it, or set `routing` to gateway-api.',
        );
    });

    it("refuses what the API server rejects in parents and host names", () => {
        const hosts = Array.from({ length: 17 }, (_, index) => `h${index}.example.com`);
        const gateways = ["mesh", "edge/public", "edge/public/https", "edge/private/a/b"];
        assert.deepEqual(
            problems({ hosts, gateways: gateways.slice(0, 3) }).map(
                (line) => line.split(", got")[0],
            ),
            [
                "hosts: expected at most 16 host names with routing gateway-api, because an HTTPRoute has no more",
                "gateways[2]: expected a Gateway that no other entry names, or another listener in each of them",
            ],
        );
        assert.deepEqual(
            problems({
                hosts: ["a.example.com"],
                gateways: ["mesh", "edge/public/https", "edge/public/http"],
            }),
            [],
        );
        assert.match(problems({ gateways }).join(), /^gateways\[3\]: expected "mesh" or/);
    });

    it("refuses hosts without a Gateway, and says which key names one", () => {
        assert.match(
            problems({ hosts: ["a.example.com"] }).join(),
            /^hosts: .* Add a Gateway to `gateways`\.$/,
        );
    });

    it("names listeners only with the Gateway API", () => {
        const gateways = ["mesh", "edge/public/https"];
        assert.match(
            problems({ routing: "istio", hosts: ["a.example.com"], gateways }).join(),
            /^gateways\[1\]: expected a namespace and a name with routing istio, because/,
        );
    });

    it("changes only two numbers between phases, also with swapped roles", () => {
        const at = (weight: number) =>
            JSON.stringify(routeOf({ weight })).replace(/"weight":\d+/g, "weight");
        assert.equal(at(0), at(50));
        const swapped = routeOf({ weight: 25, stable: "v2", canary: "v1" });
        assert.deepEqual(splitIn(swapped), { shares: { v1: 25, v2: 75 }, stable: "v2" });
        assert.deepEqual(splitIn(routeOf({ weight: 10 })).shares, { v1: 90, v2: 10 });
    });

    it("has a regular expression for every path beside stable-only paths, which Istio ranks below prefixes", () => {
        const { rules } = routeOf({ stableOnlyPaths: ["/admin"] }).spec;
        const paths = rules.map(({ matches, backendRefs }) => [
            matches[0]?.path,
            backendRefs.map(({ name }) => name).join(),
        ]);
        assert.deepEqual(paths, [
            [{ type: "RegularExpression", value: "(?i)(/|%2f)+admin((/|%2f|;).*)?" }, "web-v1"],
            [{ type: "RegularExpression", value: "/.*" }, "web-v1,web-v2"],
        ]);
    });

    it("sends targets to the canary's Service", () => {
        const [rule] = routeOf({
            stableOnlyPaths: [],
            targets: [
                { headers: { "X-User": { prefix: "a." } }, queryParams: { q: { exact: "1" } } },
            ],
        }).spec.rules;
        assert.deepEqual(rule?.matches, [
            {
                path: { type: "PathPrefix", value: "/" },
                headers: [{ name: "x-user", type: "RegularExpression", value: "a\\..*" }],
                queryParams: [{ name: "q", type: "Exact", value: "1" }],
            },
        ]);
        assert.deepEqual(rule?.backendRefs, [{ name: "web-v2", port: 80, weight: 1 }]);
    });

    it("selects one slot's pods by each Service, with the limits of the shared host", () => {
        const canary = { consecutive5xxErrors: 2 };
        const change = {
            outlierDetection: { canary },
            service: { selector: { app: "web", tier: "b" } },
        };
        const { slotServices, destinationRule } = validManifests({ routing, ...change });
        const [v1, v2] = slotServices;
        assert.deepEqual(v1?.service.spec.selector, { app: "web", tier: "b", version: "v1" });
        assert.equal(v2?.destinationRule.spec.host, "web-v2.demo.svc.cluster.local");
        assert.deepEqual(
            v1?.destinationRule.spec.trafficPolicy,
            destinationRule.spec.trafficPolicy,
        );
        const outlier = v2?.destinationRule.spec.trafficPolicy.outlierDetection;
        assert.equal(outlier?.consecutive5xxErrors, 2);
    });

    it("breaks no rule", () => {
        const manifests = manifestsAsData({ routing, weight: 25 });
        assert.deepEqual(checkManifests(manifests, { today: "2026-11-28", preset: "strict" }), []);
    });

    it("refuses what an HTTPRoute cannot say, all of it at once", () => {
        const found = problems({
            hosts: ["shop.example.com"],
            match: [{ uri: { prefix: "/a" } }],
            gateway: { tls: { credentialName: "a" } },
            sticky: { cookie: "web" },
            mirror: { percentage: 10 },
            retries: { attempts: 1, budget: { percent: 10 } },
            targets: [{ sourceLabels: { app: "a" } }],
            adopt: ["virtualService"],
        });
        assert.deepEqual(
            found.map((line) => line.split(":")[0]),
            [
                ...["sticky", "gateway", "match[0].uri.prefix", "mirror.percentage"],
                ...["retries.attempts", "targets[0].sourceLabels", "adopt"],
            ],
        );
        assert.equal(
            found[0],
            'sticky: expected no value with routing gateway-api, because the buckets of sticky users need the order of a VirtualService\'s routes, got {"cookie":"web"}. Remove it, or set `routing` to istio.',
        );
        assert.equal(
            found[1],
            'gateway: expected no value with routing gateway-api, because Istio would deploy pods of its own for the new Gateway, got {"tls":{"credentialName":"a"}}. Create a Gateway of the Gateway API yourself, and add it to `gateways`.',
        );
    });

    it("needs Istio and a protocol with requests", () => {
        const [line] = problems({ protocol: "tcp" });
        assert.match(
            line ?? "",
            /^routing: expected no value, because protocol tcp has no requests/,
        );
    });
});
