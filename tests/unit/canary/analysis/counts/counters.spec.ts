// Raw counters become counts: each request once, for its version.
import assert from "node:assert/strict";
import {
    type CountingOptions,
    observe,
    secondsBack,
} from "../../../../../canary/analysis/counts/counters";
import {
    type Cursors,
    NO_CURSORS,
    type Series,
} from "../../../../../canary/analysis/counts/observation";
import type { Counts } from "../../../../../canary/analysis/statistics/counts";
import { bucket, requests, since, until, windowOf } from "../../../../fixtures/analysis/series";

const options: CountingOptions = {
    stable: "v1",
    canary: "v2",
    bounds: [],
};
const arm = (all: number, failed = 0) => ({ requests: all, failed });
const counts = (canary: [number, number?], stable: [number, number?]): Counts => ({
    canary: arm(...canary),
    stable: arm(...stable),
});

/** The observation of the second poll, if the first poll was at the first scrape. */
function second(series: readonly Series[], more: Partial<CountingOptions> = {}, first = 0) {
    const window = windowOf({ requests: series });
    const { cursors } = observe(until(window, first), NO_CURSORS, { ...options, ...more });
    return observe(window, cursors, { ...options, ...more }).observation;
}

describe("observe", () => {
    it("counts nothing at the first poll", () => {
        const { observation, cursors } = observe(
            windowOf({ requests: [requests({}, [5, 90])] }),
            NO_CURSORS,
            options,
        );
        assert.deepEqual(observation.strata, []);
        assert.equal(cursors.requests.caller, 5_000);
    });

    it("has one stratum for each scrape of each caller, with the counts of both versions", () => {
        const { strata } = second([
            requests({ version: "v1" }, [90, 180, 260]),
            requests({ version: "v2" }, [10, 20, 27]),
            requests({ version: "v2", code: "503" }, [0, 1, 4]),
            requests({ version: "v1", pod: "other" }, [7, 8, 8]),
        ]);
        assert.deepEqual(strata, [counts([11, 1], [90]), counts([10, 3], [80]), counts([0], [1])]);
    });

    it("distinguishes callers with the same name in two namespaces", () => {
        const { strata } = second([
            requests({ namespace: "a" }, [0, 1]),
            requests({ namespace: "b" }, [0, 2]),
        ]);
        assert.deepEqual(strata, [counts([0], [1]), counts([0], [2])]);
    });

    it("counts the first value of a series that its caller's previous scrape did not have", () => {
        const { strata } = second([
            requests({ version: "v1" }, [90, 180]),
            requests({ version: "v2", code: "503" }, [undefined, 4]),
        ]);
        assert.deepEqual(strata, [counts([4, 4], [90])]);
    });

    it("drops the cursors of callers that are gone for hours, but keeps them through an outage", () => {
        const hours = 3_600_000;
        const window = windowOf({ requests: [requests({}, [5, 90])] });
        const at = 5_000;
        const left = (age: number): Cursors => ({
            polledAt: 0,
            requests: { caller: at, gone: at - age },
            durations: {},
            received: { gone: at - age },
            custom: { orders: { canary: age } },
        });
        const cursorsAfter = (age: number) => observe(window, left(age), options).cursors;
        assert.deepEqual(cursorsAfter(7 * hours), {
            ...left(7 * hours),
            polledAt: window.askedAt,
            requests: { caller: at },
            received: {},
        });
        assert.deepEqual(cursorsAfter(5 * hours), { ...left(5 * hours), polledAt: window.askedAt });
        const old = {
            ...NO_CURSORS,
            polledAt: 0,
            requests: { caller: at - 9 * hours, other: at - 10 * hours },
        };
        assert.ok("other" in observe(window, old, options).cursors.requests);
    });

    it("counts a caller from its first scrape on, because its counters can be weeks old", () => {
        const { strata } = second([
            requests({}, [1, 1, 1]),
            requests({ pod: "late" }, [900, 905], { start: 3_000 }),
            requests({ pod: "late", version: "v2" }, [undefined, 2], { start: 3_000 }),
        ]);
        assert.deepEqual(strata, [counts([2], [5])]);
    });

    it("counts a proxy once, whichever of its jobs is scraped", () => {
        const port = (number: number, values: number[], start = 0) =>
            requests({ instance: `10.0.0.1:${number}` }, values, { start });
        const first = observe(
            windowOf({ requests: [port(15_020, [100, 110])] }),
            NO_CURSORS,
            options,
        );
        const paused = windowOf({ requests: [port(15_090, [100, 110, 125])] });
        assert.deepEqual(observe(paused, first.cursors, options).observation.strata, [
            counts([0], [15]),
        ]);
    });

    it("counts the new value of a counter that was reset", () => {
        const { strata } = second([requests({}, [500, 510, 4, 9])]);
        assert.deepEqual(strata, [counts([0], [10]), counts([0], [4]), counts([0], [5])]);
    });

    it("counts a gap between scrapes as one stratum", () => {
        const { strata } = second([requests({}, [10, undefined, undefined, 40])]);
        assert.deepEqual(strata, [counts([0], [30])]);
    });

    it("counts nothing more for a caller that is gone", () => {
        const window = windowOf({
            requests: [
                requests({ pod: "gone" }, [10, 20]),
                requests({ pod: "here" }, [10, 20, 30]),
            ],
        });
        const first = observe(until(window, 5_000), NO_CURSORS, options);
        const { observation } = observe(window, first.cursors, options);
        assert.deepEqual(observation.strata, [counts([0], [10])]);
    });

    it("leaves out the gap before a window that does not reach back to the cursors", () => {
        const window = windowOf({ requests: [requests({}, [10, 20, 30, 40])] });
        const first = observe(until(window, 0), NO_CURSORS, options);
        const { observation } = observe(since(window, 10_000), first.cursors, options);
        assert.deepEqual(observation.strata, [counts([0], [10])]);
    });

    it("does not count a scrape until all of its series have arrived", () => {
        const series = [
            requests({ version: "v1" }, [10, 20, 30]),
            requests({ version: "v2" }, [1, 2, 3]),
        ];
        const whole = windowOf({ requests: series });
        const first = observe(until(whole, 0), NO_CURSORS, options);
        const half = windowOf({
            requests: [series[0], until(whole, 5_000).requests[1]].flatMap((one) => one ?? []),
        });
        const late = observe(half, first.cursors, options);
        assert.deepEqual(late.observation.strata, [counts([1], [10])]);
        const rest = observe(whole, late.cursors, options);
        assert.deepEqual(rest.observation.strata, [counts([1], [10])]);
    });

    it("distinguishes a scrape without requests from no scrape", () => {
        const series = [requests({}, [10, 10]), requests({ pod: "other" }, [3, 3])];
        assert.deepEqual(second(series).strata, [counts([0], [0])]);
        assert.deepEqual(second(series, {}, 5_000).strata, []);
    });

    for (const [what, labels, failed] of [
        ["a 5xx", { code: "500" }, 1],
        ["a route's timeout", { code: "504" }, 1],
        ["a request whose caller disconnected", { code: "0" }, 1],
        ["a 4xx", { code: "429" }, 0],
        ["a redirect", { code: "302" }, 0],
        ["gRPC UNAVAILABLE", { grpc_response_status: "14" }, 1],
        ["gRPC INTERNAL", { grpc_response_status: "13" }, 1],
        ["gRPC NOT_FOUND", { grpc_response_status: "5" }, 0],
        ["gRPC OK", { grpc_response_status: "0" }, 0],
    ] as const) {
        it(`counts ${what} as ${failed === 1 ? "failed" : "not failed"}`, () => {
            const { strata } = second([requests({ version: "v2", ...labels }, [0, 1])]);
            const found = strata.map(({ canary, stable }) => ({ canary, stable }));
            assert.deepEqual(found, [counts([1, failed], [0])]);
        });
    }

    it("ignores requests to other versions", () => {
        const { strata } = second([requests({ version: "v3" }, [0, 5])]);
        assert.deepEqual(strata, [counts([0], [0])]);
    });

    for (const [labels, kind] of [
        [{ code: "401" }, "unauthenticated"],
        [{ code: "403" }, "forbidden"],
        [{ code: "404" }, "notFound"],
        [{ code: "429" }, "throttled"],
        [{ code: "499" }, "cancelled"],
        [{ code: "422" }, "invalid"],
        [{ grpc_response_status: "1" }, "cancelled"],
        [{ grpc_response_status: "5" }, "notFound"],
        [{ grpc_response_status: "12" }, "notFound"],
        [{ grpc_response_status: "16" }, "unauthenticated"],
    ] as const) {
        it(`counts ${JSON.stringify(labels)} as the client error ${kind}`, () => {
            const { strata } = second([
                requests({ version: "v2", ...labels }, [0, 3]),
                requests({ version: "v1", ...labels }, [0, 2]),
                requests({ version: "v3", ...labels }, [0, 9]),
            ]);
            assert.deepEqual(strata[0]?.clientErrors, { [kind]: { canary: 3, stable: 2 } });
        });
    }

    it("counts failures without a version label, for neither version", () => {
        for (const version of ["unknown", ""]) {
            const found = second([
                requests({ version: "v1" }, [0, 90]),
                requests({ version, code: "503" }, [0, 10]),
                requests({ version, code: "200" }, [0, 7]),
            ]);
            assert.deepEqual(found.strata, [counts([0], [90])]);
            assert.equal(found.unattributed, 10);
        }
    });

    it("has the canary's requests by pod, as counted by the pods' own sidecars", () => {
        const window = windowOf({
            received: [
                requests({ pod: "web-v1-a" }, [0, 40]),
                requests({ pod: "web-v2-a", version: "v2" }, [0, 9]),
                requests({ pod: "web-v2-b", version: "v2" }, [0, 2]),
            ],
        });
        const { cursors } = observe(until(window, 0), NO_CURSORS, options);
        const { canaryPods } = observe(window, cursors, options).observation;
        assert.deepEqual(canaryPods, { "web-v2-a": 9, "web-v2-b": 2 });
    });

    it("counts the stable's requests that may have begun before the phase", () => {
        const durations = [
            bucket("5000", "v1", [0, 60]),
            bucket("10000", "v1", [0, 85]),
            bucket("+Inf", "v1", [0, 90]),
            bucket("5000", "v2", [0, 2]),
            bucket("+Inf", "v2", [0, 10]),
        ];
        const window = windowOf({ durations });
        const { cursors } = observe(until(window, 0), NO_CURSORS, options);
        const at = window.durations[0]?.samples.at(-1)?.[0] ?? 0;
        const earlier = (routedAt?: number) =>
            observe(window, cursors, { ...options, routedAt }).observation.earlier;
        assert.equal(earlier(), undefined);
        assert.equal(earlier(at - 4_999), 90);
        assert.equal(earlier(at - 5_000), 30);
        assert.equal(earlier(at - 60_000), 5);
    });

    it("counts requests above each latency bound, in any notation of the bound", () => {
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
        const { cursors } = observe(until(window, 0), NO_CURSORS, { ...options, bounds });
        const { slow } = observe(window, cursors, { ...options, bounds }).observation;
        assert.deepEqual(slow, [
            { bound: 50, strata: [counts([10, 8], [90, 30])] },
            { bound: 100, strata: [counts([10, 4], [90, 5])] },
            { bound: 1_000, strata: [counts([10, 1], [90, 0])] },
            { bound: 70, strata: [] },
        ]);
    });

    it("sums the requests that the versions' own sidecars counted", () => {
        const window = windowOf({
            received: [
                requests({ pod: "web-v1-a" }, [0, 40]),
                requests({ pod: "web-v1-b" }, [0, 50]),
                requests({ pod: "web-v2-a", version: "v2" }, [0, 9]),
                requests({ pod: "web-v2-a", version: "v2", code: "500" }, [0, 2]),
                requests({ pod: "web-v2-a", version: "unknown", code: "500" }, [0, 2]),
            ],
        });
        const { cursors } = observe(until(window, 0), NO_CURSORS, options);
        const { received } = observe(window, cursors, options).observation;
        assert.deepEqual(received, counts([11, 2], [90]));
    });

    it("has cursors for each query, because one can miss a scrape that another returns", () => {
        const window = windowOf({
            requests: [requests({}, [0, 10, 20])],
            durations: [bucket("+Inf", "v1", [0, 10, 20]), bucket("5", "v1", [0, 10, 20])],
        });
        const bounds = [5];
        const { cursors } = observe(until(window, 0), NO_CURSORS, { ...options, bounds });
        const early = { ...window, requests: until(window, 5_000).requests };
        const first = observe(early, cursors, { ...options, bounds });
        assert.deepEqual(first.observation.strata, [counts([0], [10])]);
        const next = observe(window, first.cursors, { ...options, bounds });
        assert.deepEqual(next.observation.strata, [counts([0], [10])]);
        assert.deepEqual(next.observation.slow, [{ bound: 5, strata: [] }]);
    });

    it("replaces custom counters by their increase and keeps gauges", () => {
        const at = (orders: object) => windowOf({ custom: { orders, rate: { canary: 3 } } });
        const sample = (cursors: Cursors, orders: object) => observe(at(orders), cursors, options);
        const first = sample(NO_CURSORS, { canary: 0, canaryOf: 40, stable: 7, stableOf: 900 });
        assert.deepEqual(first.observation.custom.orders, {
            ...{ canary: 0, canaryOf: 0, stable: 0, stableOf: 0 },
        });
        const next = sample(first.cursors, { canary: 2, canaryOf: 50, stable: 8, stableOf: 990 });
        assert.deepEqual(next.observation.custom, {
            orders: { canary: 2, canaryOf: 10, stable: 1, stableOf: 90 },
            rate: { canary: 3 },
        });
        // A pod of the stable is gone, and its counts with it.
        const fewer = sample(next.cursors, { canary: 2, canaryOf: 60, stable: 5, stableOf: 700 });
        assert.deepEqual(fewer.observation.custom.orders, {
            ...{ canary: 0, canaryOf: 10, stable: 0, stableOf: 0 },
        });
        // A missing series is not a reset.
        const gone = sample(fewer.cursors, { canary: 0, canaryOf: 0, stable: 0, stableOf: 0 });
        const problem = sample(gone.cursors, { problem: "no answer" });
        assert.deepEqual(problem.observation.custom.orders, { problem: "no answer" });
        const again = sample(problem.cursors, {
            canary: 3,
            canaryOf: 70,
            stable: 6,
            stableOf: 790,
        });
        assert.deepEqual(again.observation.custom.orders, {
            ...{ canary: 1, canaryOf: 10, stable: 1, stableOf: 90 },
        });
    });
});

describe("secondsBack", () => {
    const range = { least: 60, longest: 600 };

    it("reaches back to the last counted scrape, plus the lag of sources", () => {
        const requests = { a: 40_000, gone: 1_000 };
        const cursors = { ...NO_CURSORS, polledAt: 99_000, requests };
        assert.equal(secondsBack(cursors, 100_000, range), 120);
    });

    it("stays between least and longest", () => {
        assert.equal(secondsBack(NO_CURSORS, 100_000, range), 60);
        assert.equal(secondsBack({ ...NO_CURSORS, requests: { a: 0 } }, 10_000_000, range), 600);
    });
});
