import assert from "node:assert/strict";
import { UNKNOWN } from "../../../../../rollout/rules";
import { weightSum } from "../../../../../rollout/rules/weights/weightSum";
import { textsOf, to, virtualService } from "../../../../fixtures/rules/findings";

const refused = (got: string) =>
    `expected weights that add up to 100, got ${got}. Istio would share by proportion, so that a weight is no longer a percentage: correct the weights.`;

function texts(...weights: unknown[]): string[] {
    const route = weights.map((weight, index) => to(`v${index + 1}`, weight));
    return textsOf(weightSum, [virtualService([{ timeout: "5s", route }])]);
}

const AT = "VirtualService shop/reviews: spec.http[0].route";

describe("weight-sum", () => {
    it("should pass weights that add up to 100", () => {
        assert.deepEqual(texts(90, 10), []);
        assert.deepEqual(texts(100, 0), []);
        assert.deepEqual(texts(50, 25, 25), []);
    });

    it("should pass a single destination, whatever its weight", () => {
        assert.deepEqual(texts(undefined), []);
        assert.deepEqual(texts(50), []);
    });

    it("should refuse weights that add up to more or less", () => {
        assert.deepEqual(texts(90, 20), [`${AT}: ${refused('"90 + 20 = 110"')}`]);
        assert.deepEqual(texts(1, 1), [`${AT}: ${refused('"1 + 1 = 2"')}`]);
    });

    it("should count an absent weight beside others as 0", () => {
        assert.deepEqual(texts(90, undefined), [`${AT}: ${refused('"90 + 0 = 90"')}`]);
    });

    it("should leave a weight that is no number to weight-range", () => {
        assert.deepEqual(texts(90, "20"), []);
    });

    it("should say what is not known yet, and refuse what is too much already", () => {
        const unknown = "a value that is not known yet";
        assert.deepEqual(texts(90, UNKNOWN), [`${AT}: ${refused(unknown)}`]);
        assert.deepEqual(texts(90, 20, UNKNOWN), [`${AT}: ${refused('"90 + 20 and more"')}`]);
        const manifest = virtualService([{ route: UNKNOWN }]);
        assert.deepEqual(textsOf(weightSum, [manifest]), [`${AT}: ${refused(unknown)}`]);
    });
});
