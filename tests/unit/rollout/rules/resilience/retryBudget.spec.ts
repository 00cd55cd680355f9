import assert from "node:assert/strict";
import { type Manifest, UNKNOWN } from "../../../../../rollout/rules";
import { retryBudget } from "../../../../../rollout/rules/resilience/retryBudget";
import { textsOf, to, virtualService } from "../../../../fixtures/rules/findings";

const refused = (got: string) =>
    `expected only connect-failure, refused-stream, reset-before-request, or a retry limit in DestinationRule shop/reviews, got ${got}. Add \`trafficPolicy.retryBudget\` with \`percent: 20\` to DestinationRule shop/reviews: without a limit, each failed try sends another request to a slow version.`;
const AT = "VirtualService shop/reviews: spec.http[0].retries.retryOn";
const route = [to("v1", 90), to("v2", 10)];

function destinationRule(trafficPolicy?: unknown, host = "reviews", rest?: object): Manifest {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "DestinationRule",
        metadata: { name: host, namespace: "shop" },
        spec: { host, trafficPolicy, ...rest },
    };
}

function texts(retries: unknown, trafficPolicy?: unknown): string[] {
    const manifest = virtualService([{ route, timeout: "5s", retries }]);
    return textsOf(retryBudget, [manifest, destinationRule(trafficPolicy)]);
}

describe("retry-budget", () => {
    for (const retryOn of ["5xx", "connect-failure,reset", "503", "gateway-error, 5xx"]) {
        it(`refuses retries on ${retryOn} without a limit, once per DestinationRule`, () => {
            assert.deepEqual(texts({ attempts: 3, retryOn }), [
                `${AT}: ${refused(`"${retryOn}"`)}`,
            ]);
        });
    }

    const limits = [
        { retryBudget: { percent: 20 } },
        { connectionPool: { http: { maxRetries: 3 } } },
    ];
    for (const limit of limits) {
        it(`passes retries with ${JSON.stringify(limit)}`, () => {
            assert.deepEqual(texts({ attempts: 3, retryOn: "5xx" }, limit), []);
        });
    }

    it("passes retries of requests that no application has received", () => {
        const retryOn = "connect-failure,refused-stream,reset-before-request";
        assert.deepEqual(texts({ attempts: 3, retryOn }), []);
        assert.deepEqual(texts({ attempts: 3 }), []);
        assert.deepEqual(texts({ attempts: 0, retryOn: "5xx" }), []);
        assert.deepEqual(texts(undefined), []);
    });

    it("ignores a host with a DestinationRule in another program", () => {
        const retries = { attempts: 3, retryOn: "5xx" };
        const manifests = [
            virtualService([{ route, retries }]),
            destinationRule(undefined, "ratings"),
        ];
        assert.deepEqual(textsOf(retryBudget, manifests), []);
    });

    describe("with policies of subsets and ports", () => {
        const budget = { retryBudget: { percent: 20 } };
        const pool = { connectionPool: { http: { maxRetries: 3 } } };
        const other = { connectionPool: { tcp: { maxConnections: 9 } } };
        const ofPort = (settings: object, number = 80) => ({
            portLevelSettings: [{ port: { number }, ...settings }],
        });
        const subsets = (v1: unknown, v2: unknown) => [
            { name: "v1", labels: { version: "v1" }, trafficPolicy: v1 },
            { name: "v2", labels: { version: "v2" }, trafficPolicy: v2 },
        ];
        const service: Manifest = {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "reviews", namespace: "shop" },
            spec: { ports: [{ port: 80 }, { port: 90 }] },
        };
        const passes = (policy: unknown, v1?: unknown, v2?: unknown, more: Manifest[] = []) => {
            const retries = { attempts: 3, retryOn: "5xx" };
            const rule = destinationRule(policy, "reviews", { subsets: subsets(v1, v2) });
            const manifests = [virtualService([{ route, retries }]), rule, ...more];
            const found = textsOf(retryBudget, manifests);
            assert.ok(found.length < 2, "one finding for a DestinationRule");
            return found.length === 0;
        };

        it("wants a limit for every subset of the route", () => {
            assert.equal(passes(undefined, pool, pool), true);
            assert.equal(passes(undefined, pool, undefined), false);
            assert.equal(passes(undefined, undefined, pool), false);
            assert.equal(passes(pool, undefined, other), false);
        });

        it("knows that a subset with a policy loses the host's retryBudget", () => {
            assert.equal(passes(budget, undefined, undefined), true);
            assert.equal(passes(budget, undefined, other), false);
            assert.equal(passes({ ...budget, ...pool }, undefined, { tls: {} }), true);
            assert.equal(passes(pool, undefined, budget), true);
            assert.equal(passes(other, undefined, budget), false);
            assert.equal(passes(undefined, budget, budget), true);
        });

        it("knows that settings of a port replace those of the host", () => {
            assert.equal(passes({ ...pool, ...ofPort({ tls: {} }) }), true);
            const both = ofPort({ tls: {} });
            both.portLevelSettings.push({ port: { number: 90 }, tls: {} } as never);
            assert.equal(passes({ ...pool, ...both }, undefined, undefined, [service]), false);
            assert.equal(passes({ ...budget, ...both }, undefined, undefined, [service]), false);
            assert.equal(passes(ofPort(pool), undefined, undefined, [service]), true);
            assert.equal(passes(ofPort(pool)), true);
            assert.equal(passes(ofPort(pool, 443), undefined, undefined, [service]), false);
        });

        it("reads the port that a destination names", () => {
            const named = [{ destination: { host: "reviews", port: { number: 90 } } }];
            const retries = { attempts: 3, retryOn: "5xx" };
            const judge = (policy: unknown) =>
                textsOf(retryBudget, [
                    virtualService([{ route: named, retries }]),
                    destinationRule(policy),
                    service,
                ]).length;
            assert.equal(judge(ofPort(pool, 90)), 0);
            assert.equal(judge(ofPort(pool, 80)), 1);
        });

        it("takes 0 as no limit, as Istio does", () => {
            assert.equal(passes({ connectionPool: { http: { maxRetries: 0 } } }), false);
        });

        it("reads the policy of a host with a wildcard, and the first of two rules", () => {
            const retries = { attempts: 3, retryOn: "5xx" };
            const wide = destinationRule(pool, "*.shop.svc.cluster.local");
            const routes = virtualService([{ route, retries }]);
            assert.deepEqual(textsOf(retryBudget, [routes, wide]), []);
            const own = destinationRule(undefined);
            assert.equal(textsOf(retryBudget, [routes, wide, own]).length, 1);
            const second = { ...destinationRule(pool), metadata: { name: "z", namespace: "shop" } };
            assert.deepEqual(textsOf(retryBudget, [routes, own, second]), []);
        });
    });

    it("reports unknown values", () => {
        const unknown = `${AT}: ${refused("an unknown value")}`;
        assert.deepEqual(texts({ attempts: 3, retryOn: "5xx" }, UNKNOWN), [unknown]);
        assert.deepEqual(texts({ attempts: 3, retryOn: UNKNOWN }), [unknown]);
        const limit = { retryBudget: UNKNOWN, connectionPool: { http: { maxRetries: 3 } } };
        assert.deepEqual(texts({ attempts: 3, retryOn: "5xx" }, limit), []);
    });
});
