import assert from "node:assert/strict";
import { UNKNOWN } from "../../../../../rollout/rules";
import { httpTimeout } from "../../../../../rollout/rules/resilience/httpTimeout";
import { textsOf, to, virtualService } from "../../../../fixtures/rules/findings";

const refused = (got: string) =>
    `expected a duration above 0 and up to 1h, such as "5s", got ${got}. Set the route's timeout: Istio has none by default, so a slow version blocks all its callers.`;
const AT = "VirtualService shop/reviews: spec.http[0].timeout";
const route = [to("v1")];

function texts(...http: unknown[]): string[] {
    return textsOf(httpTimeout, [virtualService(http)]);
}

describe("http-timeout", () => {
    it("passes a route with a timeout", () => {
        assert.deepEqual(texts({ route, timeout: "5s" }), []);
        assert.deepEqual(texts({ route, timeout: "1m30s" }), []);
    });

    for (const version of ["v1", "v1beta1", "v1alpha3"]) {
        it(`refuses a route without a timeout in ${version}`, () => {
            const manifest = virtualService([{ route }], version);
            assert.deepEqual(textsOf(httpTimeout, [manifest]), [`${AT}: ${refused("nothing")}`]);
        });
    }

    for (const timeout of ["0s", "", "5", 5, null]) {
        it(`refuses the timeout ${JSON.stringify(timeout)}`, () => {
            assert.deepEqual(texts({ route, timeout }), [
                `${AT}: ${refused(`${JSON.stringify(timeout)}`)}`,
            ]);
        });
    }

    it("checks every route, also those with a match", () => {
        const matched = { match: [{ headers: { "x-user": { exact: "a" } } }], route };
        assert.deepEqual(
            texts({ route, timeout: "5s" }, matched).map((text) => text.split(": ")[1]),
            ["spec.http[1].timeout"],
        );
    });

    it("passes redirects, direct responses and delegates without a timeout", () => {
        const exempt = [
            { redirect: { uri: "/new" } },
            { directResponse: { status: 503 } },
            { delegate: { name: "reviews-routes" } },
        ];
        assert.deepEqual(texts(...exempt), []);
    });

    it("ignores TCP routes and other kinds", () => {
        const tcp = { ...virtualService(undefined), spec: { tcp: [{ route }] } };
        const other = { ...virtualService([{ route }]), kind: "Gateway" };
        const namesake = { ...virtualService([{ route }]), apiVersion: "example.com/v1" };
        assert.deepEqual(textsOf(httpTimeout, [tcp, other, namesake]), []);
    });

    it("reports unknown values, and checks the rest", () => {
        const unknown = "an unknown value";
        assert.deepEqual(texts({ route, timeout: UNKNOWN }, { route }), [
            `${AT}: ${refused(unknown)}`,
            `VirtualService shop/reviews: spec.http[1].timeout: ${refused("nothing")}`,
        ]);
        assert.deepEqual(textsOf(httpTimeout, [virtualService(UNKNOWN)]), [
            `VirtualService shop/reviews: spec.http: ${refused(unknown)}`,
        ]);
    });
});
