import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { checkDriverConfig } from "../../../canary/analysis/config/driverConfig";
import { CHECKOUT } from "../../../dev/checkout";

const page = readFileSync(path.join(CHECKOUT, "docs", "driver", "driver.md"), "utf8");
const [, yaml = ""] = page.match(/```yaml\n([\s\S]*?)```/) ?? [];

describe("docs/driver/driver.md", () => {
    it("has a valid config", () => {
        const { config } = parse(yaml);
        const input = {
            prometheus: config["canary:prometheus"],
            analysis: config["canary:analysis"],
        };
        const result = checkDriverConfig(input);
        assert.ok(result.ok, JSON.stringify(result));
    });

    it("links the page with all keys", () => {
        assert.ok(page.includes("(configuration.md)"));
    });
});
