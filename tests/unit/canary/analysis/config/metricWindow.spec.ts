import assert from "node:assert/strict";
import { windowOf } from "../../../../../canary/analysis/config/metricWindow";

describe("windowOf", () => {
    for (const [metric, expected] of [
        [{ query: "sum(x)" }, 0],
        [{ query: "rate(x[2m]) / rate(y[5m])" }, 300_000],
        [{ query: "max_over_time(x[1h30m:15s])" }, 5_400_000],
        [{ query: 'rate(x{pod=~"a[0-9]"}[ 90s ])' }, 90_000],
        [{ query: "rate(x[500ms])" }, 500],
        [{ query: "rate(x[1d])", window: "2m" }, 120_000],
        [{}, 0],
    ] as const) {
        it(`of ${JSON.stringify(metric)} is ${expected} ms`, () => {
            assert.equal(windowOf(metric), expected);
        });
    }
});
