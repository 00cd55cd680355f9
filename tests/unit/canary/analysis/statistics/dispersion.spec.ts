// How much more failures vary between pods than chance explains.
import assert from "node:assert/strict";
import fc from "fast-check";
import { clustering, dispersion, isClustered } from "../../../../../canary/analysis/statistics";
import { anyArm } from "../../../../fixtures/analysis/arbitraryCounts";

const pods = (requests: number, ...failed: number[]) =>
    failed.map((x) => ({ requests, failed: x }));

describe("dispersion", () => {
    it("is χ² against one share, divided by its degrees of freedom", () => {
        // Expected 20 each: (15² + 5² + 20²) / 20 = 32.5, over 2.
        assert.equal(clustering(pods(1000, 5, 15, 40)).toFixed(9), "16.250000000");
        // Pods with more requests are expected to have more failures.
        assert.equal(dispersion([...pods(1000, 10), ...pods(3000, 30), ...pods(2000, 20)]), 1);
    });

    it("leaves out the worst of three or more pods, and is at most 5", () => {
        assert.equal(dispersion(pods(1000, 10, 10, 500)), 1);
        assert.equal(dispersion(pods(1000, 5, 50, 500, 1000)), 5);
        assert.equal(dispersion(pods(1000, 10, 500)), 5);
    });

    it("is 1 if chance explains the variation, and never below", () => {
        assert.equal(dispersion(pods(1000, 10, 10, 10)), 1);
        assert.equal(dispersion(pods(1000, 9, 11, 10, 8)), 1);
    });

    it("is 1 without groups to compare", () => {
        assert.equal(dispersion([]), 1);
        assert.equal(dispersion(pods(1000, 0, 0)), 1);
        assert.equal(dispersion(pods(1000, 500)), 1);
        assert.equal(dispersion(pods(0, 0, 0)), 1);
    });

    it("does not take one failure of a pod with hardly any traffic for a cluster", () => {
        const odd = [...pods(100_000, 50, 50), ...pods(2, 1)];
        assert.ok(dispersion(odd) < 2, `${dispersion(odd)}`);
    });

    it("adds the counts of small pods to the group before them", () => {
        const split = [...pods(1000, 5, 15), ...pods(990, 30), ...pods(10, 10)];
        assert.equal(clustering(split), clustering(pods(1000, 5, 15, 40)));
    });

    it("is a number of at least 1 for any counts", () => {
        fc.assert(
            fc.property(fc.array(anyArm(1e9), { maxLength: 20 }), (arms) => {
                const phi = dispersion(arms);
                assert.ok(Number.isFinite(phi) && phi >= 1);
            }),
        );
    });
});

describe("isClustered", () => {
    it("tells clusters from what chance does to a few pods", () => {
        assert.equal(isClustered(pods(1000, 5, 15, 40)), true);
        assert.equal(isClustered(pods(1000, 50, 500)), true);
        // χ² is 4.7 and 10 times its degrees of freedom: chance does as much once in 200 and in 600 baselines.
        assert.equal(isClustered(pods(6000, 60, 80, 40, 70)), false);
        assert.equal(isClustered(pods(6000, 100, 60)), false);
    });

    it("needs many pods to vary less for the same verdict", () => {
        const varied = [45, 58, 70, 82, 95];
        assert.equal(isClustered(pods(6000, ...varied)), false);
        assert.equal(isClustered(pods(6000, ...varied, ...varied, ...varied, ...varied)), true);
    });

    it("is false without pods to compare", () => {
        assert.equal(isClustered([]), false);
        assert.equal(isClustered(pods(1000, 500)), false);
    });
});
