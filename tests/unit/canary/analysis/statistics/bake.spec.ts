// The test at 100 %: its reference, its threshold, and no alarm by chance.
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
import { anyArm } from "../../../../fixtures/analysis/arbitraryCounts";

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
    it("is 1.5 times the upper bound of the stable's share plus 0.1 %", () => {
        // No failures: the bound is ln(4/alpha) = ln 800.
        const none = referenceShare({ requests: 10_000, failed: 0 }, alpha);
        assert.equal(none.toFixed(9), ((1.5 * Math.log(800)) / 10_000 + 0.001).toFixed(9));
        // A million failures of a hundred million requests: chance hardly matters.
        const many = referenceShare({ requests: 1e8, failed: 1e6 }, alpha);
        assert.ok(many > 0.016 && many < 0.01605, `${many}`);
    });

    it("is a share, and not below the observed one, for any counts", () => {
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
    it("stays low for a canary that fails as often as the stable did", () => {
        assert.ok(evidence(60, 750, 1) < 1);
        assert.equal(bakeEvidence(bakeStart()), 0);
    });

    it("needs two scrapes of a version that fails every request", () => {
        assert.ok(evidence(1, 750, 750) < threshold);
        assert.ok(evidence(2, 750, 750) >= threshold);
    });

    it("detects 2 % failures within minutes, and late ones too", () => {
        assert.ok(evidence(4, 750, 15) >= threshold);
        let state = bakeStart();
        for (let k = 0; k < 60; k++) {
            state = bakeAfter(state, [{ requests: 750, failed: k < 50 ? 1 : 15 }], options);
        }
        assert.ok(bakeEvidence(state) >= threshold);
    });

    it("never alarms without a reference", () => {
        assert.ok(evidence(60, 750, 750, { ...options, reference: 1 }) < threshold);
    });

    it("ignores a scrape without requests, and sums the counts of several sources", () => {
        const state = bakeAfter(bakeStart(), [{ requests: 750, failed: 3 }], options);
        assert.equal(bakeAfter(state, [{ requests: 0, failed: 0 }], options), state);
        const separate = bakeAfter(
            bakeStart(),
            [
                { requests: 250, failed: 3 },
                { requests: 500, failed: 0 },
            ],
            options,
        );
        assert.equal(bakeEvidence(separate).toFixed(9), bakeEvidence(state).toFixed(9));
    });

    it("is a number for any counts, and its state survives JSON", () => {
        fc.assert(
            fc.property(fc.array(anyArm(1e9), { minLength: 1, maxLength: 5 }), (arms) => {
                const state = bakeAfter(bakeStart(), arms, options);
                assert.ok(Number.isFinite(bakeEvidence(state)));
                assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
            }),
        );
    });
});
