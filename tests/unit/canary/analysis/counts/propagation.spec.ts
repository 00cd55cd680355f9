// Whether callers have a weight, judged by counters of their sidecars and of istiod.
import assert from "node:assert/strict";
import type { Series } from "../../../../../canary/analysis/counts/observation";
import { propagation, type WrittenWeight } from "../../../../../canary/analysis/counts/propagation";
import { requests } from "../../../../fixtures/analysis/series";

/** Written just before the third scrape, at 10 s: scrapes 4 and later lie wholly after it. */
const written: WrittenWeight = { weight: 50, since: 9_000, canary: "v2", stable: "v1" };

/** Counters of a caller with these requests to each version between scrapes. */
function sent(...splits: readonly (readonly [canary: number, stable: number])[]): Series[] {
    const from = (index: 0 | 1) => {
        const until = (end: number) =>
            splits.slice(0, end).reduce((all, split) => all + split[index], 100);
        return [100, ...splits.map((_, place) => until(place + 1))];
    };
    return [requests({ version: "v2" }, from(0)), requests({ version: "v1" }, from(1))];
}

const stateOf = (
    series: readonly Series[],
    more: Partial<WrittenWeight> = {},
    pushes: readonly Series[] = [],
) => propagation(series, pushes, { ...written, ...more });
const istiod = (...values: number[]) => [
    requests({ pod: "istiod", version: "", code: "" }, values),
];
const idle = sent([0, 0], [0, 0], [0, 0], [0, 0]);

describe("propagation", () => {
    it("is done when the share matches the weight and no longer the previous share", () => {
        assert.deepEqual(stateOf(sent([50, 450], [50, 450], [260, 240])), {
            state: "done",
            evidence: "52.0 % of 500 requests went to the canary; the weight is 50 %",
        });
    });

    it("is pending until there are two scrapes after the write", () => {
        assert.deepEqual(stateOf(sent([50, 450], [250, 250])), {
            state: "pending",
            evidence: "fewer than two scrapes since the weight was written",
        });
    });

    it("is pending while the share is unchanged", () => {
        assert.deepEqual(stateOf(sent([50, 450], [50, 450], [50, 450])), {
            state: "pending",
            evidence: "10.0 % of 500 requests went to the canary; the weight is 50 %",
        });
    });

    it("is pending with too few requests", () => {
        assert.deepEqual(stateOf(sent([5, 45], [5, 45], [2, 3])), {
            state: "pending",
            evidence:
                "40.0 % of 5 requests went to the canary: too few to distinguish 50 % from the previous 10.0 %",
        });
    });

    it("does not wait for a difference that is too small to measure", () => {
        const { state } = stateOf(sent([50, 450], [50, 450], [60, 440]), { weight: 12 });
        assert.equal(state, "done");
    });

    it("is pending until every caller has the weight", () => {
        const late = sent([50, 450], [50, 450], [50, 450]).map(({ labels, samples }) => ({
            labels: { ...labels, pod: "late" },
            samples,
        }));
        const quick = sent([500, 4_500], [500, 4_500], [25_000, 25_000]);
        assert.equal(stateOf([...quick, ...late]).state, "pending");
    });

    it("requires that the canary gets no requests at weight 0", () => {
        const zero = { weight: 0 };
        assert.equal(stateOf(sent([50, 450], [20, 480], [0, 500]), zero).state, "done");
        assert.equal(stateOf(sent([50, 450], [20, 480], [3, 497]), zero).state, "pending");
    });

    it("is done at a first weight, without a previous share", () => {
        assert.equal(stateOf(sent([0, 0], [0, 0], [250, 250])).state, "done");
    });

    it("is done when the share has moved and stayed, because targets bypass the weight", () => {
        const targeted = sent([200, 300], [300, 200], [375, 125], [380, 120]);
        const { state, evidence } = stateOf(targeted);
        assert.equal(state, "done");
        assert.equal(
            evidence,
            "76.0 % of 500 requests went to the canary, previously 40.0 %; the weight is 50 %, but targets, sticky users or stable-only paths bypass it",
        );
        // Pending while it moves.
        const moving = sent([200, 300], [300, 200], [300, 200], [380, 120]);
        assert.equal(stateOf(moving).state, "pending");
    });

    it("judges by istiod's pushes without requests", () => {
        assert.deepEqual(stateOf(idle, {}, istiod(40, 40, 43, 43)), {
            state: "done",
            evidence:
                "no requests; istiod has updated 3 proxies since the write and none in the last scrape",
        });
        assert.equal(stateOf(idle, {}, istiod(40, 45, 45, 45)).state, "pending");
        assert.equal(stateOf(idle, {}, istiod(40, 40, 43)).state, "pending");
        assert.equal(stateOf(idle, {}, istiod(40, 40, 43, 49)).state, "pending");
        assert.equal(stateOf([], {}, istiod(40, 40, 43, 43)).state, "done");
    });

    it("judges by istiod's pushes if the callers are gone", () => {
        const gone = sent([50, 450]);
        assert.equal(stateOf(gone, {}, istiod(40, 40, 43, 43)).state, "done");
        assert.deepEqual(stateOf(gone, {}, istiod(40, 40, 43)), {
            state: "pending",
            evidence: "no scrape since the weight was written",
        });
    });

    it("is unknown if istiod is not scraped either", () => {
        assert.deepEqual(stateOf(idle), {
            state: "unknown",
            evidence: "no requests, and istiod is not scraped",
        });
    });
});
