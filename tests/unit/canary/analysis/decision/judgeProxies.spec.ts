import assert from "node:assert/strict";
import {
    type LastReads,
    type ProxyRead,
    type ProxyReading,
    proxyReading,
} from "../../../../../canary/analysis/counts/proxyCounts";
import { judgeProxies } from "../../../../../canary/analysis/decision/judgeProxies";
import { NO_COUNTS } from "../../../../../canary/analysis/statistics/counts";
import { started } from "../../../../fixtures/analysis/settings";

const settings = started();

type Shape = readonly [number, number, number?, number?];

/** Readings a second apart; each has canary requests, how many failed, and the same of the stable. */
const readings = (shapes: readonly Shape[], side: "sent" | "received" = "sent"): ProxyReading[] =>
    shapes.map(([requests, failed, stable = 90, stableFailed = 0], index) => {
        const counts = {
            canary: { requests, failed },
            stable: { requests: stable, failed: stableFailed },
        };
        const at = 1_000 * index;
        return side === "sent"
            ? { at, sent: [counts], received: NO_COUNTS }
            : { at, sent: [], received: counts };
    });
const times = (count: number, shape: Shape): Shape[] => Array.from({ length: count }, () => shape);
const action = (...parts: Parameters<typeof readings>) =>
    judgeProxies(settings, readings(...parts)).action;

describe("the verdict on the proxies' counters", () => {
    for (const side of ["sent", "received"] as const) {
        it(`is a rollback after four readings in which every canary request failed (${side})`, () => {
            assert.equal(action(times(3, [10, 10]), side), "hold");
            assert.equal(action(times(4, [10, 10]), side), "rollback");
        });
    }

    it("says what was counted, by whom, and the odds", () => {
        const { reason } = judgeProxies(settings, readings(times(4, [10, 10])));
        assert.match(
            reason,
            /^errors: the canary fails more than the stable: 40 of 40 canary requests and 0 of 360 stable requests failed within 3 s, as counted by the callers' proxies in 4 readings; odds .* to 1, rollback at /,
        );
    });

    it("holds through a burst of two seconds, in which everything fails", () => {
        const burst: Shape[] = [...times(5, [10, 0]), [10, 5], [10, 10], [10, 5]];
        for (let end = 1; end <= burst.length; end++) {
            assert.equal(action(burst.slice(0, end)), "hold");
        }
        assert.equal(action([...burst, ...times(5, [10, 0])]), "hold");
    });

    it("holds through a burst of ten seconds, in which 30 % fail, again and again", () => {
        const minute = [...times(11, [20, 6]), ...times(49, [20, 0])];
        const hour = Array.from({ length: 10 }, () => minute).flat();
        for (let end = 1; end <= hour.length; end++) {
            assert.equal(action(hour.slice(Math.max(0, end - 15), end)), "hold");
        }
    });

    it("rolls back a canary of which 30 % fail, after twelve readings", () => {
        assert.equal(action(times(11, [20, 6])), "hold");
        assert.equal(action(times(12, [20, 6])), "rollback");
    });

    it("does not wait for overdispersion without a bound", () => {
        const wide = started({}, { dispersion: 961 });
        assert.equal(judgeProxies(wide, readings(times(4, [10, 10]))).action, "rollback");
    });

    for (const [name, shapes] of [
        ["both versions fail", times(15, [10, 10, 90, 90])],
        ["only the stable fails", times(15, [10, 0, 90, 90])],
        ["the canary got no requests", times(15, [0, 0])],
        ["the stable got no requests, as at weight 100", times(15, [100, 100, 0])],
        ["few requests failed", times(15, [1, 0, 9, 0])],
    ] as const) {
        it(`holds if ${name}`, () => assert.equal(action(shapes), "hold"));
    }

    it("adds little traffic up, second by second, to the same odds", () => {
        const shapes = times(15, [1, 1, 9, 0]);
        const first = shapes.findIndex((_, i) => action(shapes.slice(0, i + 1)) === "rollback");
        assert.ok(first + 1 > 4 && first + 1 <= 10, `${first + 1} readings`);
    });
});

describe("the growth of the proxies' counters", () => {
    const read = (value: number, at: number, proxy = "front/a"): ProxyRead => ({
        proxy,
        side: "sent",
        at,
        counters: [{ key: "503", version: "v2", failed: true, value }],
    });
    const slots = { stable: "v1", canary: "v2" } as const;
    const growthOf = (...rounds: (readonly ProxyRead[])[]) => {
        let last: LastReads = new Map();
        return rounds.map((reads, index) => {
            const found = proxyReading(last, reads, slots, index);
            last = found.last;
            return found.reading.sent.map(({ canary }) => canary.requests);
        });
    };

    it("never includes what a proxy counted before the driver saw it", () => {
        assert.deepEqual(growthOf([read(40_000, 0)], [read(40_010, 1_000)]), [[], [10]]);
        const late = growthOf([], [read(7, 1_000)], [read(8, 2_000), read(9, 2_000, "front/b")]);
        assert.deepEqual(late, [[], [], [1]]);
    });

    it("includes the first value of a counter that a known proxy did not have", () => {
        const nothing = { ...read(0, 0), counters: [] };
        assert.deepEqual(growthOf([nothing], [read(3, 1_000)]), [[], [3]]);
    });

    it("starts again after a restart, and after a gap", () => {
        assert.deepEqual(growthOf([read(10, 0)], [read(4, 1_000)], [read(6, 2_000)]), [
            [],
            [],
            [2],
        ]);
        assert.deepEqual(growthOf([read(10, 0)], [read(90, 60_000)], [read(91, 61_000)]), [
            [],
            [],
            [1],
        ]);
    });
});
