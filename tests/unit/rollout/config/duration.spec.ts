import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../../../../rollout/config/duration";

describe("parseDuration", () => {
    for (const [text, milliseconds] of [
        ["5s", 5_000],
        ["1m30s", 90_000],
        ["250ms", 250],
        ["0.25s", 250],
        ["1h", 3_600_000],
        ["0s", 0],
    ] as const) {
        it(`parses ${text} as ${milliseconds} ms`, () => {
            assert.equal(parseDuration(text), milliseconds);
        });
    }

    for (const text of ["", "5", "s", "5 s", "-5s", "5sec", "1d", "5s ", ".5s", "1e3s"]) {
        it(`rejects ${JSON.stringify(text)}`, () => {
            assert.equal(parseDuration(text), undefined);
        });
    }

    it("rejects a number", () => {
        assert.equal(parseDuration(5), undefined);
    });
});

describe("formatDuration", () => {
    it("writes seconds, which Go and protobuf's JSON both parse", () => {
        assert.equal(formatDuration(90_000), "90s");
        assert.equal(formatDuration(1_666), "1.666s");
    });

    it("writes what parseDuration can parse", () => {
        fc.assert(
            fc.property(fc.integer({ min: 0, max: 10_000_000 }), (milliseconds) => {
                const read = parseDuration(formatDuration(milliseconds));
                assert.ok(Math.abs((read ?? Number.NaN) - milliseconds) < 1e-6);
            }),
        );
    });
});
