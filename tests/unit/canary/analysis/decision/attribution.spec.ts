// Failures without a version: whose they are.
import assert from "node:assert/strict";
import { attribute, NO_UNLABELLED } from "../../../../../canary/analysis/decision/attribution";
import { counts } from "../../../../fixtures/analysis/arbitraryCounts";

/** The canary's counts after samples of [canary, stable, unattributed] requests. */
function canaryAfter(weight: number, ...samples: [number, number, number][]) {
    let unlabelled = NO_UNLABELLED;
    return samples.map(([canary, stable, unattributed]) => {
        const strata = [counts(canary, 0, stable, 0)];
        const found = attribute(unlabelled, { strata, unattributed }, weight);
        unlabelled = found.unlabelled;
        return found.strata[0]?.canary;
    });
}

describe("attribute", () => {
    it("attributes the failures to a canary that is gone", () => {
        assert.deepEqual(canaryAfter(10, [0, 900, 100], [0, 900, 100]), [
            { requests: 100, failed: 100 },
            { requests: 100, failed: 100 },
        ]);
    });

    it("attributes as many as the canary lacks", () => {
        assert.deepEqual(canaryAfter(50, [200, 500, 300]), [{ requests: 500, failed: 300 }]);
        assert.deepEqual(canaryAfter(10, [5, 900, 120]), [{ requests: 103, failed: 98 }]);
    });

    it("attributes none while the canary has its share, however long that lasts", () => {
        const both = Array.from({ length: 100 }, (): [number, number, number] => [99, 891, 10]);
        for (const canary of canaryAfter(10, ...both)) {
            assert.deepEqual(canary, { requests: 99, failed: 0 });
        }
    });

    it("attributes none if chance explains that the canary lacks requests", () => {
        assert.deepEqual(canaryAfter(10, [0, 20, 2]), [{ requests: 0, failed: 0 }]);
    });

    it("adds up small samples until chance does not explain it", () => {
        const found = canaryAfter(
            10,
            ...Array.from({ length: 10 }, (): [number, number, number] => [0, 18, 2]),
        );
        assert.deepEqual(found[0], { requests: 0, failed: 0 });
        const failed = found.reduce((sum, canary) => sum + (canary?.failed ?? 0), 0);
        assert.equal(failed, 20 - 2 * found.findIndex((canary) => (canary?.failed ?? 0) > 0));
    });

    it("attributes none to a canary that callers do not send requests to yet", () => {
        assert.deepEqual(canaryAfter(50, [100, 890, 10]), [{ requests: 100, failed: 0 }]);
    });

    it("attributes all at weight 100, where there is no other version", () => {
        assert.deepEqual(canaryAfter(100, [990, 0, 10]), [{ requests: 1_000, failed: 10 }]);
    });
});
