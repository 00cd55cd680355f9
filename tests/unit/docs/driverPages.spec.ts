import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { analysisSchema } from "../../../canary/analysis/config/analysis";
import { checkDriverConfig } from "../../../canary/analysis/config/driverConfig";
import { CHECKOUT } from "../../../dev/checkout";

const page = readFileSync(path.join(CHECKOUT, "docs", "driver", "driver.md"), "utf8");
const [, yaml = ""] = page.match(/```yaml\n([\s\S]*?)```/) ?? [];

describe("docs/driver/driver.md", () => {
    const { config } = parse(yaml);
    const written = config["canary:analysis"];

    it("has a config that is valid", () => {
        const input = { prometheus: config["canary:prometheus"], analysis: written };
        assert.deepEqual(checkDriverConfig(input).ok, true);
    });

    it("names every key of the analysis", () => {
        const keys = Object.keys(analysisSchema.shape).filter((key) => key !== "metrics");
        assert.deepEqual(Object.keys(written).sort(), keys.sort());
    });

    it("shows the defaults, where there are any", () => {
        const defaults = analysisSchema.parse({});
        const { exposureBudget: _, objective: __, exclude: ___, ...shown } = written;
        for (const [key, value] of Object.entries(shown)) {
            assert.deepEqual(value, defaults[key as keyof typeof defaults], key);
        }
    });
});
