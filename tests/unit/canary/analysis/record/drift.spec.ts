import assert from "node:assert/strict";
import { driftIn } from "../../../../../canary/analysis/record/drift";

const shares = (v2: number, v1 = 100 - v2) => ({ v1, v2 });
const drift = (written: Parameters<typeof driftIn>[0]["written"], configured = 25) =>
    driftIn({ wanted: 25, canary: "v2", written, configured });

describe("driftIn", () => {
    it("finds nothing if route and config have the driver's weight", () => {
        assert.equal(drift({ shares: shares(25) }), undefined);
        assert.equal(drift({ shares: shares(25), atGateways: shares(25) }), undefined);
    });

    it("finds another weight in the route, at the gateways and in the config", () => {
        const found = { where: "route", wanted: 25, found: 40 };
        assert.deepEqual(drift({ shares: shares(40) }), found);
        assert.deepEqual(drift({ shares: shares(25), atGateways: shares(40) }), found);
        assert.deepEqual(drift({ shares: shares(25) }, 50), {
            where: "config",
            wanted: 25,
            found: 50,
        });
    });

    it("finds a missing route, and weights that do not add up to 100", () => {
        assert.equal(drift(undefined)?.found, "none");
        assert.equal(drift({ shares: shares(25, 50) })?.found, "25 of 75");
    });
});
