// The driver's own metrics and the page about them, as Prometheus' own tool reads them.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { createDriverMetrics } from "../../../canary/driver/metrics/driverMetrics";
import { CHECKOUT } from "../../../dev/checkout";
import { BACK, ROUTED, sampleRecord, watch } from "../../fixtures/analysis/rolloutRecords";
import { sandboxCluster } from "../harness/cluster";

const PAGE = path.join(CHECKOUT, "docs", "driver", "driver-metrics.md");

describe("the driver's own metrics", () => {
    const { env } = sandboxCluster();
    /** All that it says. */
    const promtool = async (args: readonly string[], input?: string) =>
        (await execa("promtool", args, { env, input, all: true })).all;

    it("have names and texts that promtool finds no fault with", async () => {
        const metrics = createDriverMetrics({ app: "web", namespace: "shop" });
        watch(metrics, ...ROUTED, sampleRecord(), ...BACK);
        const text = await metrics.registry.metrics();
        assert.equal(await promtool(["check", "metrics"], text), "");
    });

    it("are scraped and alerted on by what the page shows", async () => {
        const fences = [...readFileSync(PAGE, "utf8").matchAll(/^```yaml\n(.*?)^```$/gms)];
        const [config = "", rules = ""] = fences.map(([, yaml = ""]) => yaml);
        const folder = mkdtempSync(path.join(tmpdir(), "own-metrics-"));
        try {
            const file = (name: string, text: string) => {
                writeFileSync(path.join(folder, name), text);
                return path.join(folder, name);
            };
            await promtool(["check", "config", file("prometheus.yml", config)]);
            await promtool(["check", "rules", file("rules.yml", rules)]);
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    });
});
