import assert from "node:assert/strict";
import { checkConfig } from "../../../rollout/config/rolloutConfig";
import { validInput } from "../../fixtures/rollout/rollout";
import { docsConfig } from "../../mesh/harness/docs/docsConfig";

describe("docs/traffic/gateway-api.md", () => {
    for (const heading of ["Gateway API", "Callers outside the mesh"]) {
        it(`has a valid config under "${heading}"`, () => {
            const found = docsConfig("traffic/gateway-api.md", { heading });
            const result = checkConfig(validInput(found));
            assert.ok(result.ok, JSON.stringify(result));
            assert.equal(result.config.routing, "gateway-api");
        });
    }
});
