// Raw counters into counts: what is counted, once, and to whom.
import assert from "node:assert/strict";
import { type About, observe, secondsBack } from "../../../../../canary/analysis/counts/counters";
import type { Series } from "../../../../../canary/analysis/counts/observation";
import type { Counts } from "../../../../../canary/analysis/statistics/counts";
import { bucket, requests, since, until, windowOf } from "../../../../fixtures/analysis/scrapes";

const about: About = { stable: "v1", canary: "v2", weight: 10, startedAt: 0, bounds: [] };
const arm = (all: number, failed = 0) => ({ requests: all, failed });
const counts = (canary: [number, number?], stable: [number, number?]): Counts => ({
    canary: arm(...canary),
    stable: arm(...stable),
});

/** What the second look sees, when the first was at the first scrape. */
function second(series: readonly Series[], more: Partial<About> = {}, first = 0) {
    const window = windowOf({ requests: series });
    const { cursors } = observe(until(window, first), {}, { ...about, ...more });
    return observe(window, cursors, { ...about, ...more }).observation;
}

describe("observe", () => {
    it("counts nothing at the first look", () => {
        const { observation, cursors } = observe(
            windowOf({ requests: [requests({}, [5, 90])] }),
            {},
            about,
        );
        assert.deepEqual(observation.strata, []);
        assert.equal(cursors["requests caller"], 5_000);
    });

    it("counts both versions of a scrape in one stratum, each scrape and each caller by itself", () => {
        const { strata } = second([
            requests({ version: "v1" }, [90, 180, 260]),
            requests({ version: "v2" }, [10, 20, 27]),
            requests({ version: "v2", code: "503" }, [0, 1, 4]),
            requests({ version: "v1", pod: "other" }, [7, 8, 8]),
        ]);
        assert.deepEqual(strata, [counts([11, 1], [90]), counts([10, 3], [80]), counts([0], [1])]);
    });

    it("keeps callers of one name in two namespaces apart", () => {
        const { strata } = second([
            requests({ namespace: "a" }, [0, 1]),
            requests({ namespace: "b" }, [0, 2]),
        ]);
        assert.deepEqual(strata, [counts([0], [1]), counts([0], [2])]);
    });

    it("counts the first value of a series that its caller's last scrape did not have", () => {
        const { strata } = second([
            requests({ version: "v1" }, [90, 180]),
            requests({ version: "v2", code: "503" }, [undefined, 4]),
        ]);
        assert.deepEqual(strata, [counts([4, 4], [90])]);
    });

    it("forgets callers that are gone for hours, so that records stay short, but none in an outage", () => {
        const hours = 3_600_000;
        const window = windowOf({ requests: [requests({}, [5, 90])] });
        const at = 5_000;
        const left = (age: number) => ({
            "requests caller": at,
            "requests gone": at - age,
            "received gone": at - age,
            looked: 0,
            "custom orders": -age,
        });
        const names = (age: number) =>
            Object.keys(observe(window, left(age), about).cursors).sort();
        assert.deepEqual(names(7 * hours), ["custom orders", "looked", "requests caller"]);
        assert.deepEqual(names(5 * hours), Object.keys(left(0)).sort());
        const old = {
            "requests caller": at - 9 * hours,
            "requests other": at - 10 * hours,
            looked: 0,
        };
        assert.ok("requests other" in observe(window, old, about).cursors);
    });

    it("counts a caller from its beginning when it came after the rollout had started", () => {
        const { strata } = second([
            requests({}, [1, 1]),
            requests({ pod: "new" }, [30, 40], { start: 3_000 }),
        ]);
        assert.deepEqual(strata, [counts([0], [30]), counts([0], [10])]);
    });

    it("counts a caller from its beginning when nobody was there at the first look", () => {
        const nobody = observe({ ...windowOf({}), askedAt: 1 }, {}, about);
        const window = windowOf({ requests: [requests({}, [30], { start: 5_000 })] });
        assert.deepEqual(observe(window, nobody.cursors, about).observation.strata, [
            counts([0], [30]),
        ]);
    });

    it("takes what a caller had counted before the rollout only as where to count from", () => {
        const { strata } = second(
            [
                requests({}, [1, 1, 1]),
                requests({ pod: "late" }, [900, 905], { start: 3_000 }),
                requests({ pod: "late", version: "v2" }, [undefined, 2], { start: 3_000 }),
            ],
            { startedAt: 4_000 },
        );
        assert.deepEqual(strata, [counts([2], [5])]);
    });

    it("counts the new value of a counter that was reset", () => {
        const { strata } = second([requests({}, [500, 510, 4, 9])]);
        assert.deepEqual(strata, [counts([0], [10]), counts([0], [4]), counts([0], [5])]);
    });

    it("makes one longer stratum of a gap", () => {
        const { strata } = second([requests({}, [10, undefined, undefined, 40])]);
        assert.deepEqual(strata, [counts([0], [30])]);
    });

    it("counts nothing more of a caller that is gone", () => {
        const window = windowOf({
            requests: [
                requests({ pod: "gone" }, [10, 20]),
                requests({ pod: "here" }, [10, 20, 30]),
            ],
        });
        const first = observe(until(window, 5_000), {}, about);
        const { observation } = observe(window, first.cursors, about);
        assert.deepEqual(observation.strata, [counts([0], [10])]);
    });

    it("leaves out what happened before a window that does not reach back", () => {
        const window = windowOf({ requests: [requests({}, [10, 20, 30, 40])] });
        const first = observe(until(window, 0), {}, about);
        const { observation } = observe(since(window, 10_000), first.cursors, about);
        assert.deepEqual(observation.strata, [counts([0], [10])]);
    });

    it("waits with a scrape of which a series has not arrived", () => {
        const series = [
            requests({ version: "v1" }, [10, 20, 30]),
            requests({ version: "v2" }, [1, 2, 3]),
        ];
        const whole = windowOf({ requests: series });
        const first = observe(until(whole, 0), {}, about);
        const half = windowOf({
            requests: [series[0], until(whole, 5_000).requests[1]].flatMap((one) => one ?? []),
        });
        const late = observe(half, first.cursors, about);
        assert.deepEqual(late.observation.strata, [counts([1], [10])]);
        const rest = observe(whole, late.cursors, about);
        assert.deepEqual(rest.observation.strata, [counts([1], [10])]);
    });

    it("tells a scrape without requests from no scrape", () => {
        const series = [requests({}, [10, 10]), requests({ pod: "other" }, [3, 3])];
        assert.deepEqual(second(series).strata, [counts([0], [0])]);
        assert.deepEqual(second(series, {}, 5_000).strata, []);
    });

    for (const [what, labels, failed] of [
        ["a 5xx", { code: "500" }, 1],
        ["the timeout of a route", { code: "504" }, 1],
        ["a caller that went away", { code: "0" }, 1],
        ["a 4xx", { code: "429" }, 0],
        ["a redirect", { code: "302" }, 0],
        ["gRPC UNAVAILABLE", { grpc_response_status: "14" }, 1],
        ["gRPC INTERNAL", { grpc_response_status: "13" }, 1],
        ["gRPC NOT_FOUND", { grpc_response_status: "5" }, 0],
        ["gRPC OK", { grpc_response_status: "0" }, 0],
    ] as const) {
        it(`takes ${what} for ${failed === 1 ? "a failure" : "no failure"}`, () => {
            const { strata } = second([requests({ version: "v2", ...labels }, [0, 1])]);
            assert.deepEqual(strata, [counts([1, failed], [0])]);
        });
    }

    it("leaves out requests to neither version", () => {
        const { strata } = second([requests({ version: "v3" }, [0, 5])]);
        assert.deepEqual(strata, [counts([0], [0])]);
    });

    describe("of failures whose version no label tells", () => {
        for (const [what, canarys, stables, nobodys, expected] of [
            ["gives a dead canary all", 0, 90, 10, counts([10, 10], [90])],
            ["gives a canary that has its share none", 10, 80, 10, counts([10], [90, 10])],
            ["gives a canary that is half dead what it lacks", 5, 90, 5, counts([10, 5], [90])],
            ["gives the stable what is more", 5, 80, 15, counts([10, 5], [90, 10])],
        ] as const) {
            it(what, () => {
                for (const version of ["unknown", ""]) {
                    const found = second([
                        requests({ version: "v1" }, [0, stables]),
                        requests({ version: "v2" }, [0, canarys]),
                        requests({ version, code: "503" }, [0, nobodys]),
                    ]);
                    assert.deepEqual(found.strata, [expected]);
                    assert.equal(found.unattributed, nobodys);
                }
            });
        }

        it("gives the canary none at weight 0", () => {
            const nobodys = requests({ version: "unknown", code: "503" }, [0, 9]);
            assert.deepEqual(second([nobodys], { weight: 0 }).strata, [counts([0], [9, 9])]);
        });

        it("leaves out what did not fail", () => {
            const found = second([requests({ version: "unknown" }, [0, 9])]);
            assert.deepEqual(found.strata, [counts([0], [0])]);
            assert.equal(found.unattributed, 0);
        });
    });

    it("counts durations above each bound, however the buckets write it", () => {
        const durations = [
            bucket("50", "v1", [0, 60]),
            bucket("100.0", "v1", [0, 85]),
            bucket("1e+03", "v1", [0, 90]),
            bucket("+Inf", "v1", [0, 90]),
            bucket("50.0", "v2", [0, 2]),
            bucket("100", "v2", [0, 6]),
            bucket("1000", "v2", [0, 9]),
            bucket("+Inf", "v2", [0, 10]),
        ];
        const window = windowOf({ durations });
        const bounds = [50, 100, 1_000, 70];
        const { cursors } = observe(until(window, 0), {}, { ...about, bounds });
        const { slow } = observe(window, cursors, { ...about, bounds }).observation;
        assert.deepEqual(slow, [
            { bound: 50, strata: [counts([10, 8], [90, 30])] },
            { bound: 100, strata: [counts([10, 4], [90, 5])] },
            { bound: 1_000, strata: [counts([10, 1], [90, 0])] },
            { bound: 70, strata: [] },
        ]);
    });

    it("adds up what the versions' own sidecars received", () => {
        const window = windowOf({
            received: [
                requests({ pod: "web-v1-a" }, [0, 40]),
                requests({ pod: "web-v1-b" }, [0, 50]),
                requests({ pod: "web-v2-a", version: "v2" }, [0, 9]),
                requests({ pod: "web-v2-a", version: "v2", code: "500" }, [0, 2]),
                requests({ pod: "web-v2-a", version: "unknown", code: "500" }, [0, 2]),
            ],
        });
        const { cursors } = observe(until(window, 0), {}, about);
        const { received } = observe(window, cursors, about).observation;
        assert.deepEqual(received, counts([11, 2], [90]));
    });

    it("reads on in each list by itself, as one query may see a scrape that another did not", () => {
        const window = windowOf({
            requests: [requests({}, [0, 10, 20])],
            durations: [bucket("+Inf", "v1", [0, 10, 20]), bucket("5", "v1", [0, 10, 20])],
        });
        const bounds = [5];
        const { cursors } = observe(until(window, 0), {}, { ...about, bounds });
        const early = { ...window, requests: until(window, 5_000).requests };
        const first = observe(early, cursors, { ...about, bounds });
        assert.deepEqual(first.observation.strata, [counts([0], [10])]);
        const next = observe(window, first.cursors, { ...about, bounds });
        assert.deepEqual(next.observation.strata, [counts([0], [10])]);
        assert.deepEqual(next.observation.slow, [{ bound: 5, strata: [] }]);
    });

    it("turns counters of the user's own into what was added, and leaves gauges as they are", () => {
        const at = (orders: object) => windowOf({ custom: { orders, rate: { canary: 3 } } });
        const look = (cursors: Record<string, number>, orders: object) =>
            observe(at(orders), cursors, about);
        const first = look({}, { canary: 0, canaryOf: 40, stable: 7, stableOf: 900 });
        assert.deepEqual(first.observation.custom.orders, {
            ...{ canary: 0, canaryOf: 0, stable: 0, stableOf: 0 },
        });
        const next = look(first.cursors, { canary: 2, canaryOf: 50, stable: 8, stableOf: 990 });
        assert.deepEqual(next.observation.custom, {
            orders: { canary: 2, canaryOf: 10, stable: 1, stableOf: 90 },
            rate: { canary: 3 },
        });
        // A pod of the stable's is gone, and with it what it had counted.
        const fewer = look(next.cursors, { canary: 2, canaryOf: 60, stable: 5, stableOf: 700 });
        assert.deepEqual(fewer.observation.custom.orders, {
            ...{ canary: 0, canaryOf: 10, stable: 0, stableOf: 0 },
        });
        // Not there for a while is not a reset.
        const gone = look(fewer.cursors, { canary: 0, canaryOf: 0, stable: 0, stableOf: 0 });
        const problem = look(gone.cursors, { problem: "no answer" });
        assert.deepEqual(problem.observation.custom.orders, { problem: "no answer" });
        const back = look(problem.cursors, { canary: 3, canaryOf: 70, stable: 6, stableOf: 790 });
        assert.deepEqual(back.observation.custom.orders, {
            ...{ canary: 1, canaryOf: 10, stable: 1, stableOf: 90 },
        });
    });
});

describe("secondsBack", () => {
    const range = { least: 60, longest: 600 };

    it("reaches back to what was counted last, and as much as sources may lag", () => {
        const cursors = { "requests a": 40_000, "requests gone": 1_000, looked: 99_000 };
        assert.equal(secondsBack(cursors, 100_000, range), 120);
    });

    it("has a least and a longest", () => {
        assert.equal(secondsBack({}, 100_000, range), 60);
        assert.equal(secondsBack({ "requests a": 0 }, 10_000_000, range), 600);
    });
});
