import assert from "node:assert/strict";
import { UNKNOWN } from "../../../../../rollout/rules";
import { weightSum } from "../../../../../rollout/rules/weights/weightSum";
import { textsOf, to, virtualService } from "../../../../fixtures/rules/findings";

const refused = (got: string) =>
    `expected weights that add up to 100, got ${got}. Correct the weights: Istio splits requests in proportion to them, so they would not be percentages.`;

function texts(...weights: unknown[]): string[] {
    const route = weights.map((weight, index) => to(`v${index + 1}`, weight));
    return textsOf(weightSum, [virtualService([{ timeout: "5s", route }])]);
}

const AT = "VirtualService shop/reviews: spec.http[0].route";

describe("weight-sum", () => {
    it("passes weights that add up to 100", () => {
        assert.deepEqual(texts(90, 10), []);
        assert.deepEqual(texts(100, 0), []);
        assert.deepEqual(texts(50, 25, 25), []);
    });

    it("passes a single destination at any weight", () => {
        assert.deepEqual(texts(undefined), []);
        assert.deepEqual(texts(50), []);
    });

    it("refuses weights that add up to more or less", () => {
        assert.deepEqual(texts(90, 20), [`${AT}: ${refused('"90 + 20 = 110"')}`]);
        assert.deepEqual(texts(1, 1), [`${AT}: ${refused('"1 + 1 = 2"')}`]);
    });

    it("counts a missing weight among several as 0", () => {
        assert.deepEqual(texts(90, undefined), [`${AT}: ${refused('"90 + 0 = 90"')}`]);
    });

    it("leaves a weight that is not a number to weight-range", () => {
        assert.deepEqual(texts(90, "20"), []);
    });

    it("reports unknown weights, and refuses known weights above 100", () => {
        const unknown = "an unknown value";
        assert.deepEqual(texts(90, UNKNOWN), [`${AT}: ${refused(unknown)}`]);
        assert.deepEqual(texts(90, 20, UNKNOWN), [`${AT}: ${refused('"90 + 20 + unknown"')}`]);
        const manifest = virtualService([{ route: UNKNOWN }]);
        assert.deepEqual(textsOf(weightSum, [manifest]), [`${AT}: ${refused(unknown)}`]);
    });
});
