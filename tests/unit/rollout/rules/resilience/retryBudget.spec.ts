import assert from "node:assert/strict";
import { type Manifest, UNKNOWN } from "../../../../../rollout/rules";
import { retryBudget } from "../../../../../rollout/rules/resilience/retryBudget";
import { textsOf, to, virtualService } from "../../../../fixtures/rules/findings";

const refused = (got: string) =>
    `expected connect-failure, refused-stream, reset-before-request, or a bound on retries in DestinationRule shop/reviews, got ${got}. Add trafficPolicy.retryBudget with percent 20 to DestinationRule shop/reviews: without one each try that a slow version fails brings it another.`;
const AT = "VirtualService shop/reviews: spec.http[0].retries.retryOn";
const route = [to("v1", 90), to("v2", 10)];

function destinationRule(trafficPolicy?: unknown, host = "reviews"): Manifest {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "DestinationRule",
        metadata: { name: host, namespace: "shop" },
        spec: { host, trafficPolicy },
    };
}

function texts(retries: unknown, trafficPolicy?: unknown): string[] {
    const manifest = virtualService([{ route, timeout: "5s", retries }]);
    return textsOf(retryBudget, [manifest, destinationRule(trafficPolicy)]);
}

describe("retry-budget", () => {
    for (const retryOn of ["5xx", "connect-failure,reset", "503", "gateway-error, 5xx"]) {
        it(`should refuse retries on ${retryOn} without a bound, once per rule`, () => {
            assert.deepEqual(texts({ attempts: 3, retryOn }), [
                `${AT}: ${refused(`"${retryOn}"`)}`,
            ]);
        });
    }

    const bounds = [
        { retryBudget: { percent: 20 } },
        { connectionPool: { http: { maxRetries: 3 } } },
    ];
    for (const bound of bounds) {
        it(`should pass them with ${JSON.stringify(bound)}`, () => {
            assert.deepEqual(texts({ attempts: 3, retryOn: "5xx" }, bound), []);
        });
    }

    it("should pass retries that no application sees twice", () => {
        const retryOn = "connect-failure,refused-stream,reset-before-request";
        assert.deepEqual(texts({ attempts: 3, retryOn }), []);
        assert.deepEqual(texts({ attempts: 3 }), []);
        assert.deepEqual(texts({ attempts: 0, retryOn: "5xx" }), []);
        assert.deepEqual(texts(undefined), []);
    });

    it("should leave alone a host whose DestinationRule another program has", () => {
        const retries = { attempts: 3, retryOn: "5xx" };
        const manifests = [
            virtualService([{ route, retries }]),
            destinationRule(undefined, "ratings"),
        ];
        assert.deepEqual(textsOf(retryBudget, manifests), []);
    });

    it("should say what is not known yet", () => {
        const unknown = `${AT}: ${refused("a value that is not known yet")}`;
        assert.deepEqual(texts({ attempts: 3, retryOn: "5xx" }, UNKNOWN), [unknown]);
        assert.deepEqual(texts({ attempts: 3, retryOn: UNKNOWN }), [unknown]);
        const bound = { retryBudget: UNKNOWN, connectionPool: { http: { maxRetries: 3 } } };
        assert.deepEqual(texts({ attempts: 3, retryOn: "5xx" }, bound), []);
    });
});
