// The pages on the driver show config that the driver takes.
import assert from "node:assert/strict";
import { checkDriverConfig, DRIVER_NAMESPACE } from "../../../rollout/driverConfig";
import { docsConfig } from "../../mesh/docsConfig";

/** A secret as Pulumi writes it into a stack's file, as the driver gets it. */
function decrypted(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(decrypted);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value);
    if (entries.length === 1 && entries[0]?.[0] === "secure")
        return "https://example.com/decrypted";
    return Object.fromEntries(entries.map(([key, one]) => [key, decrypted(one)]));
}

const PAGES = [
    ["gates.md", "gates"],
    ["notifications.md", "notifications"],
] as const;

describe("the driver's pages", () => {
    for (const [page, key] of PAGES) {
        it(`should show a config in docs/${page} that is right`, () => {
            const prefix = `${DRIVER_NAMESPACE}:`;
            const shown = Object.entries(docsConfig(page))
                .filter(([name]) => name.startsWith(prefix))
                .map(([name, value]) => [name.slice(prefix.length), decrypted(value)]);
            const result = checkDriverConfig(Object.fromEntries(shown));
            assert.ok(result.ok, JSON.stringify(result));
            assert.ok(result.config[key].length > 0, `${page} shows no ${key}`);
        });
    }

    it("should show a config in docs/metrics.md that is right", () => {
        const prefix = `${DRIVER_NAMESPACE}:`;
        const shown = Object.entries(docsConfig("metrics.md"))
            .filter(([name]) => name.startsWith(prefix))
            .map(([name, value]) => [name.slice(prefix.length), decrypted(value)]);
        const result = checkDriverConfig(Object.fromEntries(shown));
        assert.ok(result.ok, JSON.stringify(result));
        assert.deepEqual(
            result.config.analysis.metrics.map(({ kind }) => kind),
            ["gauge", "counter"],
        );
        assert.match(result.config.prometheus.url ?? "", /\/prometheus$/);
    });
});
