// The config on the driver's pages is valid.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { parse } from "yaml";
import { checkDriverConfig, DRIVER_NAMESPACE } from "../../../canary/analysis/config/driverConfig";
import { judged } from "../../../canary/analysis/config/metricConfig";
import { treeOf } from "../../../canary/cli/completion/tree";
import { addReportCommands } from "../../../canary/cli/report/reportCommands";
import { addRolloutCommands } from "../../../canary/cli/rollout/rolloutCommands";
import { CanaryDriver, type CanaryDriverArgs } from "../../../components";
import { CHECKOUT } from "../../../dev/checkout";
import { registeredBy } from "../../fixtures/rollout/mockEngine";
import { docsConfig } from "../../mesh/harness/docs/docsConfig";

const DOCS = join(CHECKOUT, "docs");

const URL_TEXT = "https://example.com/decrypted";
/** Secrets that are no URL, by key. */
const SECRETS: Readonly<Record<string, string>> = { secret: `whsec_${"A".repeat(43)}=` };

/** Replaces a secret as Pulumi stores it by a value as the driver receives it. */
function decrypted(value: unknown, key?: string): unknown {
    if (Array.isArray(value)) return value.map((one) => decrypted(one));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value);
    if (entries.length === 1 && entries[0]?.[0] === "secure") return SECRETS[key ?? ""] ?? URL_TEXT;
    return Object.fromEntries(entries.map(([name, one]) => [name, decrypted(one, name)]));
}

const PAGES = [
    ["driver/gates.md", "gates"],
    ["driver/notifications.md", "notifications"],
] as const;

describe("the driver's pages", () => {
    for (const [page, key] of PAGES) {
        it(`show a valid config in docs/${page}`, () => {
            const prefix = `${DRIVER_NAMESPACE}:`;
            const shown = Object.entries(docsConfig(page))
                .filter(([name]) => name.startsWith(prefix))
                .map(([name, value]) => [name.slice(prefix.length), decrypted(value)]);
            const result = checkDriverConfig(Object.fromEntries(shown));
            assert.ok(result.ok, JSON.stringify(result));
            assert.ok(result.config[key].length > 0, `${page} shows no ${key}`);
        });
    }

    for (const [heading, provider] of [
        ["Web", "web"],
        ["Datadog", "datadog"],
        ["New Relic", "newRelic"],
        ["CloudWatch", "cloudWatch"],
        ["Job", "job"],
    ] as const) {
        it(`show a valid metric of ${heading} in docs/driver/metric-providers.md`, () => {
            const prefix = `${DRIVER_NAMESPACE}:`;
            const shown = Object.entries(docsConfig("driver/metric-providers.md", { heading }))
                .filter(([name]) => name.startsWith(prefix))
                .map(([name, value]) => [name.slice(prefix.length), decrypted(value)]);
            const result = checkDriverConfig(Object.fromEntries(shown));
            assert.ok(result.ok, JSON.stringify(result));
            assert.equal(result.config.analysis.metrics[0]?.provider, provider);
        });
    }

    it("show a valid config in docs/driver/metrics.md", () => {
        const prefix = `${DRIVER_NAMESPACE}:`;
        const shown = Object.entries(docsConfig("driver/metrics.md"))
            .filter(([name]) => name.startsWith(prefix))
            .map(([name, value]) => [name.slice(prefix.length), decrypted(value)]);
        const result = checkDriverConfig(Object.fromEntries(shown));
        assert.ok(result.ok, JSON.stringify(result));
        assert.deepEqual(
            result.config.analysis.metrics.map((one) => judged(one).kind),
            ["counter", "counter", "gauge"],
        );
        assert.match(result.config.prometheus.url ?? "", /\/prometheus$/);
    });
});

/** The command tree of `istio-canary`: rollout and report commands. */
function commandLine() {
    const canary = new Command("istio-canary");
    addRolloutCommands(canary, { code: 0 });
    addReportCommands(canary);
    return treeOf(canary);
}

describe("docs/driver/in-cluster.md", () => {
    const page = readFileSync(join(DOCS, "driver", "in-cluster.md"), "utf8");

    it("shows a CanaryDriver with existing arguments", async () => {
        const [, code = ""] = /^```ts\n.*?"web-driver", (\{.*?^\})\);/ms.exec(page) ?? [];
        const args: CanaryDriverArgs = new Function(`return ${code}`)();
        const registered = await registeredBy(() => {
            new CanaryDriver("web-driver", args);
        });
        assert.ok(registered.has("web-driver-job"));
        const source = readFileSync(
            join(CHECKOUT, "components", "canaryDriver", "canaryDriver.ts"),
            "utf8",
        );
        const known = [...source.matchAll(/^ {4}readonly (\w+)\??: /gm)].map(([, name]) => name);
        for (const name of Object.keys(args)) assert.ok(known.includes(name), name);
    });

    it("links a workflow that uses existing commands and flags", () => {
        const workflow = parse(readFileSync(join(DOCS, "examples", "github-actions.yml"), "utf8"));
        const { steps } = workflow.jobs.rollout;
        const runs: string[] = steps.flatMap(({ run }: { run?: string }) => run ?? []);
        const used = runs.flatMap((run) => [...run.matchAll(/npx istio-canary (\w+)(.*)/g)]);
        assert.deepEqual(
            [...new Set(used.map(([, command]) => command))],
            ["plan", "run", "report"],
        );
        const { commands } = commandLine();
        for (const [, name, rest = ""] of used) {
            const flags = commands.find((one) => one.name === name)?.flags ?? [];
            for (const [word, , value = ""] of rest.matchAll(/(--[\w-]+)(?: ([\w.]+))?/g)) {
                const flag = flags.find(({ names }) => names.includes(word.split(" ")[0] ?? ""));
                assert.ok(flag, `istio-canary ${name} has no ${word}`);
                if (flag.choices.length > 0) assert.ok(flag.choices.includes(value), word);
            }
        }
        const after = steps.slice(
            steps.findIndex(({ name }: { name?: string }) => name === "Roll out") + 1,
        );
        for (const step of after) assert.match(step.if, /^always\(\)/, "runs after a rollback too");
        assert.ok(after.some(({ uses = "" }) => uses.startsWith("actions/upload-artifact@")));
        assert.ok(after.some(({ run = "" }) => run.includes("--body-file report.md")));
        assert.ok(after.some(({ uses = "" }) => uses.startsWith("actions/cache/save@")));
        const kept = after.find(({ run = "" }) => run.includes("git push"));
        assert.ok(kept?.run.includes(`git commit --message "Keep the weight of $STACK"`));
        assert.equal(workflow.permissions.contents, "write");
        assert.equal(workflow.concurrency["cancel-in-progress"], false);
        for (const { uses } of steps) if (uses) assert.match(uses, /^[\w-]+\/[\w/-]+@v\d+$/);
        assert.ok(page.includes("(../examples/github-actions.yml)"));
    });

    it("links a workflow for pull requests that fails if the preview does, and comments first", () => {
        const file = readFileSync(join(DOCS, "examples", "github-preview.yml"), "utf8");
        const { steps } = parse(file).jobs.preview;
        const names = steps.map(({ name }: { name?: string }) => name);
        assert.deepEqual(names.slice(-4), ["Preview", "Forecast", "Comment", "Refuse"]);
        assert.match(steps.at(-1).if, /preview\.outputs\.status != '0'/);
        const { commands } = commandLine();
        for (const [, name] of file.matchAll(/npx istio-canary (\w+)/g)) {
            assert.ok(
                commands.some((one) => one.name === name),
                name,
            );
        }
    });
});
