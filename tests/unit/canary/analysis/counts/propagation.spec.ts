// Whether a weight has arrived, by counters of the callers' sidecars and of istiod.
import assert from "node:assert/strict";
import type { Series } from "../../../../../canary/analysis/counts/observation";
import { type Routing, routed } from "../../../../../canary/analysis/counts/propagation";
import { requests } from "../../../../fixtures/analysis/scrapes";

/** Written just before the third scrape, at 10 s: scrapes 4 and later lie wholly after it. */
const routing: Routing = { weight: 50, since: 9_000, canary: "v2", stable: "v1" };

/** Counters of a caller that sent so many to each version between scrapes. */
function sent(...splits: readonly (readonly [canary: number, stable: number])[]): Series[] {
    const from = (index: 0 | 1) => {
        const until = (end: number) =>
            splits.slice(0, end).reduce((all, split) => all + split[index], 100);
        return [100, ...splits.map((_, place) => until(place + 1))];
    };
    return [requests({ version: "v2" }, from(0)), requests({ version: "v1" }, from(1))];
}

const ask = (
    seen: readonly Series[],
    more: Partial<Routing> = {},
    pushes: readonly Series[] = [],
) => routed(seen, pushes, { ...routing, ...more });
const istiod = (...values: number[]) => [
    requests({ pod: "istiod", version: "", code: "" }, values),
];
const idle = sent([0, 0], [0, 0], [0, 0], [0, 0]);

describe("routed", () => {
    it("says yes when the share fits the weight and no longer the one before", () => {
        assert.deepEqual(ask(sent([50, 450], [50, 450], [260, 240])), {
            answer: "yes",
            how: "52.0 % of 500 requests went to the canary; the weight is 50 %",
        });
    });

    it("waits for two scrapes after the write", () => {
        assert.deepEqual(ask(sent([50, 450], [250, 250])), {
            answer: "notYet",
            how: "no two scrapes since the weight was written",
        });
    });

    it("waits as long as the share is that of before", () => {
        assert.deepEqual(ask(sent([50, 450], [50, 450], [50, 450])), {
            answer: "notYet",
            how: "10.0 % of 500 requests went to the canary; the weight is 50 %",
        });
    });

    it("waits when there are too few requests to tell", () => {
        assert.deepEqual(ask(sent([5, 45], [5, 45], [2, 3])), {
            answer: "notYet",
            how: "40.0 % of 5 requests went to the canary: too few to tell 50 % from the 10.0 % before",
        });
    });

    it("does not wait for a difference too small to see", () => {
        const { answer } = ask(sent([50, 450], [50, 450], [60, 440]), { weight: 12 });
        assert.equal(answer, "yes");
    });

    it("waits for the last of the callers", () => {
        const late = sent([50, 450], [50, 450], [50, 450]).map(({ labels, samples }) => ({
            labels: { ...labels, pod: "late" },
            samples,
        }));
        const quick = sent([500, 4_500], [500, 4_500], [25_000, 25_000]);
        assert.equal(ask([...quick, ...late]).answer, "notYet");
    });

    it("sees a canary without any request at weight 0", () => {
        const zero = { weight: 0 };
        assert.equal(ask(sent([50, 450], [20, 480], [0, 500]), zero).answer, "yes");
        assert.equal(ask(sent([50, 450], [20, 480], [3, 497]), zero).answer, "notYet");
    });

    it("sees a first weight, with nothing to compare it with", () => {
        assert.equal(ask(sent([0, 0], [0, 0], [250, 250])).answer, "yes");
    });

    it("takes a share that has moved and stayed where targets go past the weight", () => {
        const targeted = sent([200, 300], [300, 200], [375, 125], [380, 120]);
        const { answer, how } = ask(targeted);
        assert.equal(answer, "yes");
        assert.equal(
            how,
            "76.0 % of 500 requests went to the canary and no longer 40.0 %; the weight is 50 %, targets, sticky users or paths of the stable's own go past it",
        );
        // Not as long as it moves.
        const moving = sent([200, 300], [300, 200], [300, 200], [380, 120]);
        assert.equal(ask(moving).answer, "notYet");
    });

    it("asks istiod when nobody sends", () => {
        assert.deepEqual(ask(idle, {}, istiod(40, 40, 43, 43)), {
            answer: "yes",
            how: "nobody sends requests; istiod has updated proxies 3 times since, then no more",
        });
        assert.equal(ask(idle, {}, istiod(40, 45, 45, 45)).answer, "notYet");
        assert.equal(ask(idle, {}, istiod(40, 40, 43)).answer, "notYet");
        assert.equal(ask(idle, {}, istiod(40, 40, 43, 49)).answer, "notYet");
        assert.equal(ask([], {}, istiod(40, 40, 43, 43)).answer, "yes");
    });

    it("asks istiod when those who sent are gone", () => {
        const gone = sent([50, 450]);
        assert.equal(ask(gone, {}, istiod(40, 40, 43, 43)).answer, "yes");
        assert.deepEqual(ask(gone, {}, istiod(40, 40, 43)), {
            answer: "notYet",
            how: "no scrape since the weight was written",
        });
    });

    it("cannot tell when istiod is not scraped either", () => {
        assert.deepEqual(ask(idle), {
            answer: "cannotTell",
            how: "nobody sends requests, and istiod is not scraped",
        });
    });
});
