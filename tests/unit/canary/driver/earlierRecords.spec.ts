import assert from "node:assert/strict";
import { upgradeRecord } from "../../../../canary/driver/journal/earlierRecords";
import { ROUTED, sampleRecord } from "../../../fixtures/analysis/rolloutRecords";

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

    it("leaves records of this release unchanged", () => {
        for (const record of [...ROUTED, sampleRecord()]) {
            assert.deepEqual(upgradeRecord({ ...record }), record);
        }
    });
});
