import assert from "node:assert/strict";
import type { Started } from "../../../../canary/analysis/record/record";
import { upgradeRecord } from "../../../../canary/driver/journal/earlierRecords";
import { ROUTED, sampleRecord } from "../../../fixtures/analysis/rolloutRecords";
import { analysisOf } from "../../../fixtures/analysis/settings";

describe("upgradeRecord", () => {
    it("converts a look to a sample, and its cursors to a structure", () => {
        const { type: _, sampledAt, cursors: __, ...rest } = sampleRecord();
        const look = {
            ...rest,
            type: "look",
            lookedAt: sampledAt,
            cursors: {
                looked: 5,
                "requests shop client": 1,
                "durations shop client": 2,
                "received shop web-v2-a": 3,
                "custom orders canaryOf": 4,
            },
        };
        assert.deepEqual(upgradeRecord(look), {
            ...rest,
            type: "sample",
            sampledAt,
            cursors: {
                polledAt: 5,
                requests: { "shop client": 1 },
                durations: { "shop client": 2 },
                received: { "shop web-v2-a": 3 },
                custom: { orders: { canaryOf: 4 } },
            },
        });
    });

    it("completes the settings of a rollout that began before the warm-up was a time", () => {
        const record = { type: "started", analysis: { ...analysisOf(), warmUp: 1, bake: "3m" } };
        const { holdback: _, onDeadline: __, burst: ___, ...earlier } = record.analysis;
        const upgraded = upgradeRecord({ ...record, analysis: earlier }) as unknown as Started;
        assert.deepEqual(upgraded.analysis, {
            ...analysisOf({ bake: "3m" }),
            holdback: 0,
            onDeadline: "rollback",
        });
    });

    it("leaves records of this release unchanged", () => {
        for (const record of [...ROUTED, sampleRecord()]) {
            assert.deepEqual(upgradeRecord({ ...record }), record);
        }
    });
});
