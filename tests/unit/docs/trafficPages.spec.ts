import assert from "node:assert/strict";
import { checkConfig } from "../../../rollout/config/rolloutConfig";
import { validInput } from "../../fixtures/rollout/rollout";
import { docsConfig } from "../../mesh/harness/docs/docsConfig";

describe("docs/traffic/gateway-api.md", () => {
    it("has a valid config", () => {
        const result = checkConfig(validInput(docsConfig("traffic/gateway-api.md")));
        assert.ok(result.ok, JSON.stringify(result));
        assert.equal(result.config.routing, "gateway-api");
    });
});
