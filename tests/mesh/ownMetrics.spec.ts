// The driver's own metrics and the page about them, as Prometheus' own tool reads them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createOwnMetrics } from "../../driver/ownMetrics";
import { BACK, journalOf, lookRecord, ROUTED } from "../fixtures/rolloutRecords";

const PAGE = path.join(__dirname, "..", "..", "docs", "driver-metrics.md");

function promtool(args: readonly string[], input = ""): string {
    const { status, stdout, stderr, error } = spawnSync("promtool", args, { input });
    assert.equal(error, undefined);
    assert.equal(status, 0, `${stdout}${stderr}`);
    return `${stdout}${stderr}`;
}

describe("the driver's own metrics", () => {
    it("have names and texts that promtool finds no fault with", async () => {
        const metrics = createOwnMetrics({ app: "web", namespace: "shop" });
        for (const record of journalOf(...ROUTED, lookRecord(), ...BACK)) metrics.saw(record);
        assert.equal(promtool(["check", "metrics"], await metrics.registry.metrics()), "");
    });

    it("are scraped and alerted on by what the page shows", () => {
        const fences = [...readFileSync(PAGE, "utf8").matchAll(/^```yaml\n(.*?)^```$/gms)];
        const [config = "", rules = ""] = fences.map(([, yaml = ""]) => yaml);
        const folder = mkdtempSync(path.join(tmpdir(), "own-metrics-"));
        try {
            const file = (name: string, text: string) => {
                writeFileSync(path.join(folder, name), text);
                return path.join(folder, name);
            };
            promtool(["check", "config", file("prometheus.yml", config)]);
            promtool(["check", "rules", file("rules.yml", rules)]);
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    });
});
