import assert from "node:assert/strict";
import { type Manifest, UNKNOWN } from "../../../../../rollout/rules";
import { retryBudget } from "../../../../../rollout/rules/resilience/retryBudget";
import { textsOf, to, virtualService } from "../../../../fixtures/rules/findings";

const refused = (got: string) =>
    `expected only connect-failure, refused-stream, reset-before-request, or a retry limit in DestinationRule shop/reviews, got ${got}. Add \`trafficPolicy.retryBudget\` with \`percent: 20\` to DestinationRule shop/reviews: without a limit, each failed try sends another request to a slow version.`;
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

    it("reports unknown values", () => {
        const unknown = `${AT}: ${refused("an unknown value")}`;
        assert.deepEqual(texts({ attempts: 3, retryOn: "5xx" }, UNKNOWN), [unknown]);
        assert.deepEqual(texts({ attempts: 3, retryOn: UNKNOWN }), [unknown]);
        const limit = { retryBudget: UNKNOWN, connectionPool: { http: { maxRetries: 3 } } };
        assert.deepEqual(texts({ attempts: 3, retryOn: "5xx" }, limit), []);
    });
});
