// The baseline, measured before a rollout begins.
import assert from "node:assert/strict";
import {
    durationHistogram,
    measuredRate,
    podCounts,
} from "../../../../../canary/analysis/counts/baseline";
import { scrapeInterval } from "../../../../../canary/analysis/counts/scrapes";
import { bucket, requests, windowOf } from "../../../../fixtures/analysis/series";

describe("durationHistogram", () => {
    it("sums a version's buckets over the window and all callers", () => {
        const other = bucket("100.0", "v1", [0, 5]);
        const window = windowOf({
            durations: [
                bucket("1e+03", "v1", [500, 540, 600]),
                bucket("+Inf", "v1", [500, 540, 600]),
                bucket("100", "v1", [500, 530, 570]),
                bucket("5", "v1", [0, 0, 0]),
                bucket("100", "v2", [0, 9, 9]),
                { ...other, labels: { ...other.labels, pod: "other" } },
            ],
        });
        assert.deepEqual(durationHistogram(window, "v1"), {
            requests: 100,
            buckets: [
                { bound: 5, atMost: 0 },
                { bound: 100, atMost: 75 },
                { bound: 1_000, atMost: 100 },
            ],
        });
    });

    it("is empty without a histogram", () => {
        assert.deepEqual(durationHistogram(windowOf({}), "v1"), { requests: 0, buckets: [] });
    });
});

describe("podCounts", () => {
    it("counts requests and failures of each pod, across counter resets", () => {
        const window = windowOf({
            received: [
                requests({ pod: "a" }, [100, 150, 180]),
                requests({ pod: "a", code: "500" }, [0, 2, 5]),
                requests({ pod: "b" }, [100, 20, 60]),
                requests({ pod: "c", version: "v2" }, [0, 50, 99]),
            ],
        });
        assert.deepEqual(podCounts(window, "v1"), [
            { requests: 85, failed: 5 },
            { requests: 60, failed: 0 },
        ]);
    });
});

describe("measuredRate", () => {
    it("sums the requests per second of all callers", () => {
        const window = windowOf({
            requests: [
                requests({}, [900, 950, 1_000]),
                requests({ version: "v2" }, [0, 5, 10]),
                requests({ pod: "other" }, [0, 45, 90]),
            ],
        });
        assert.equal(measuredRate(window), 20);
    });

    it("is 0 with fewer than two scrapes", () => {
        assert.equal(measuredRate(windowOf({ requests: [requests({}, [900])] })), 0);
        assert.equal(measuredRate(windowOf({})), 0);
    });
});

describe("scrapeInterval", () => {
    it("is the median time between a source's scrapes, even if some are missing", () => {
        const window = windowOf({
            requests: [
                requests({}, [1, 1, undefined, undefined, 1, 1]),
                requests({ pod: "other" }, [1, 1, 1], { start: 2_000 }),
            ],
        });
        assert.equal(scrapeInterval(window), 5_000);
        assert.equal(scrapeInterval(windowOf({ requests: [requests({}, [1])] })), undefined);
    });
});
