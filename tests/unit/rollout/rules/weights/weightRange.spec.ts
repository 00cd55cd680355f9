import assert from "node:assert/strict";
import { UNKNOWN } from "../../../../../rollout/rules";
import { weightRange } from "../../../../../rollout/rules/weights/weightRange";
import { textsOf, to, virtualService } from "../../../../fixtures/rules/findings";

const refused = (got: string) =>
    `expected an integer from 0 to 100, got ${got}. Set the percentage of requests that this destination receives.`;

function texts(weight: unknown): string[] {
    const route = [to("v1", 90), to("v2", weight)];
    return textsOf(weightRange, [virtualService([{ timeout: "5s", route }])]);
}

describe("weight-range", () => {
    for (const weight of [0, 10, 100, undefined]) {
        it(`passes the weight ${weight}`, () => {
            assert.deepEqual(texts(weight), []);
        });
    }

    for (const weight of [101, -1, 12.5, "10", null, [], Number.NaN]) {
        it(`refuses the weight ${JSON.stringify(weight)}`, () => {
            assert.deepEqual(texts(weight), [
                `VirtualService shop/reviews: spec.http[0].route[1].weight: ${refused(`${JSON.stringify(weight)}`)}`,
            ]);
        });
    }

    it("also checks TCP and TLS routes", () => {
        const manifest = {
            ...virtualService(undefined),
            spec: { tcp: [{ route: [to("v1", 200)] }], tls: [{ route: [to("v1", -5)] }] },
        };
        assert.deepEqual(
            textsOf(weightRange, [manifest]).map((text) => text.split(": ")[1]),
            ["spec.tls[0].route[0].weight", "spec.tcp[0].route[0].weight"],
        );
    });

    it("reports unknown values, and checks the rest", () => {
        const route = [to("v1", UNKNOWN), to("v2", 101)];
        assert.deepEqual(textsOf(weightRange, [virtualService([{ route }])]), [
            `VirtualService shop/reviews: spec.http[0].route[0].weight: ${refused("an unknown value")}`,
            `VirtualService shop/reviews: spec.http[0].route[1].weight: ${refused("101")}`,
        ]);
        assert.deepEqual(textsOf(weightRange, [virtualService(UNKNOWN)]), [
            `VirtualService shop/reviews: spec.http: ${refused("an unknown value")}`,
        ]);
    });
});
