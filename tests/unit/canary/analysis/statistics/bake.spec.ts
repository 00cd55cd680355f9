// The guard at 100 %: its reference, its threshold, and that a stable's own luck raises no alarm.
import assert from "node:assert/strict";
import fc from "fast-check";
import {
    BAKE_FIRST_ONSET,
    type BakeOptions,
    bakeAfter,
    bakeEvidence,
    bakeStart,
    HARM_RATIOS,
    referenceShare,
} from "../../../../../canary/analysis/statistics";
import { anyArm } from "../../../../fixtures/analysis/counts";

const alpha = 0.005;
const options: BakeOptions = {
    alpha,
    reference: referenceShare({ requests: 100_000, failed: 100 }, alpha),
    ratios: HARM_RATIOS,
    corroboration: 2,
    maxScrapes: 60,
    firstOnset: BAKE_FIRST_ONSET,
    dispersion: 1,
};
const threshold = Math.log(2 / alpha);

function evidence(scrapes: number, requests: number, failed: number, of = options): number {
    let state = bakeStart();
    for (let k = 0; k < scrapes; k++) state = bakeAfter(state, [{ requests, failed }], of);
    return bakeEvidence(state);
}

describe("referenceShare", () => {
    it("should be 1.5 times the upper bound of the stable's share and 0.1 %", () => {
        // No failures: the bound is ln(4/alpha) = ln 800.
        const none = referenceShare({ requests: 10_000, failed: 0 }, alpha);
        assert.equal(none.toFixed(9), ((1.5 * Math.log(800)) / 10_000 + 0.001).toFixed(9));
        // A million failures of a hundred million: chance hardly matters any more.
        const many = referenceShare({ requests: 1e8, failed: 1e6 }, alpha);
        assert.ok(many > 0.016 && many < 0.01605, `${many}`);
    });

    it("should be a share, above what was seen, whatever was seen", () => {
        assert.equal(referenceShare({ requests: 0, failed: 0 }, alpha), 1);
        fc.assert(
            fc.property(anyArm(1e9), (stable) => {
                fc.pre(stable.requests > 0);
                const share = referenceShare(stable, alpha);
                assert.ok(share <= 1 && share >= Math.min(1, stable.failed / stable.requests));
            }),
        );
    });
});

describe("bakeEvidence", () => {
    it("should say nothing against a canary that fails as the stable did", () => {
        assert.ok(evidence(60, 750, 1) < 1);
        assert.equal(bakeEvidence(bakeStart()), 0);
    });

    it("should take two scrapes, not one, of a version that answers nothing", () => {
        assert.ok(evidence(1, 750, 750) < threshold);
        assert.ok(evidence(2, 750, 750) >= threshold);
    });

    it("should see 2 % failures within minutes, and those that begin late", () => {
        assert.ok(evidence(4, 750, 15) >= threshold);
        let state = bakeStart();
        for (let k = 0; k < 60; k++) {
            state = bakeAfter(state, [{ requests: 750, failed: k < 50 ? 1 : 15 }], options);
        }
        assert.ok(bakeEvidence(state) >= threshold);
    });

    it("should never alarm without a reference", () => {
        assert.ok(evidence(60, 750, 750, { ...options, reference: 1 }) < threshold);
    });

    it("should change nothing for a scrape without requests, and sum what several sources saw", () => {
        const state = bakeAfter(bakeStart(), [{ requests: 750, failed: 3 }], options);
        assert.equal(bakeAfter(state, [{ requests: 0, failed: 0 }], options), state);
        const apart = bakeAfter(
            bakeStart(),
            [
                { requests: 250, failed: 3 },
                { requests: 500, failed: 0 },
            ],
            options,
        );
        assert.equal(bakeEvidence(apart).toFixed(9), bakeEvidence(state).toFixed(9));
    });

    it("should be a number for any counts, and go on from JSON", () => {
        fc.assert(
            fc.property(fc.array(anyArm(1e9), { minLength: 1, maxLength: 5 }), (arms) => {
                const state = bakeAfter(bakeStart(), arms, options);
                assert.ok(Number.isFinite(bakeEvidence(state)));
                assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
            }),
        );
    });
});
