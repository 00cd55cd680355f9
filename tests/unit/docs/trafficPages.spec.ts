import assert from "node:assert/strict";
import { checkConfig } from "../../../rollout/config/rolloutConfig";
import { validInput } from "../../fixtures/rollout/rollout";
import { docsConfig } from "../../mesh/harness/docs/docsConfig";

const SECTIONS = [
    ["gateway-api.md", "Gateway API"],
    ["gateway-api.md", "Callers outside the mesh"],
    ["shared-hosts.md", "Share a host of the Gateway API"],
] as const;

describe("The pages about the Gateway API", () => {
    for (const [page, heading] of SECTIONS) {
        it(`have a valid config under "${heading}"`, () => {
            const found = docsConfig(`traffic/${page}`, { heading });
            const result = checkConfig(validInput(found));
            assert.ok(result.ok, JSON.stringify(result));
            assert.equal(result.config.routing, "gateway-api");
        });
    }
});

describe("docs/traffic/faults.md", () => {
    it("has a valid config, with the exemption that a fault needs", () => {
        const { exemptions, ...rest } = docsConfig("traffic/faults.md");
        assert.ok(checkConfig(validInput({ ...rest, exemptions } as object)).ok);
        assert.ok(!checkConfig(validInput(rest)).ok);
    });
});
