// Both packages in a stranger's project, with each package manager: types, preview, check, plan.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { sandboxCluster } from "../mesh/harness/cluster";
import { installed, managers, type Packed, pack, sizeOf } from "./packages/installed";

const NAMESPACE = "scenario-packages";

describe("installed packages", () => {
    const { env } = sandboxCluster();
    let packed: Packed;
    const run = (cwd: string, file: string, ...args: string[]) =>
        execa(file, args, { cwd, env, all: true, reject: false, stdin: "ignore" });
    const stack = ["--non-interactive", "--stack", "packages"];

    before(async () => {
        packed = await pack();
    });
    after(() => rmSync(packed.folder, { recursive: true, force: true }));

    for (const manager of managers) {
        describe(`by ${manager.name}`, () => {
            let cwd: string;
            before(async () => {
                cwd = await installed(packed, manager);
                await run(cwd, "pulumi", "stack", "init", "packages", "--non-interactive");
                for (const [key, value] of [
                    ["namespace", NAMESPACE],
                    ["image", "sandbox/fortio:1.68.1"],
                ] as const) {
                    await run(cwd, "pulumi", "config", "set", key, value, ...stack);
                }
            });

            it("have types that a program with an Output compiles against", async () => {
                const { exitCode, all } = await run(cwd, "npx", "tsc", "-p", ".");
                assert.equal(exitCode, 0, all);
                console.log(
                    `      node_modules: ${await sizeOf(path.join(cwd, "node_modules"))} MB`,
                );
            });

            it("preview, with the package's policy pack", async () => {
                const pack = path.join("node_modules", "istio-canary", "dist", "policy");
                const args = ["preview", "--policy-pack", pack, ...stack];
                const { exitCode, all } = await run(cwd, "pulumi", ...args);
                assert.equal(exitCode, 0, all);
                assert.match(all ?? "", /istio-canary:index:CanaryRollout/);
            });

            it("have a command that checks manifests", async () => {
                const checked = await run(cwd, "npx", "istio-canary", "check", "rollout.yaml");
                assert.equal(checked.exitCode, 1, checked.all);
                assert.match(
                    checked.stdout,
                    /mandatory weight-sum .*expected weights that add up to 100/,
                );
                const version = await run(cwd, "npx", "istio-canary", "--version");
                assert.equal(version.stdout, require("../../canary/package.json").version);
            });

            it("have a command that plans a rollout of the stack", async () => {
                const up = await run(cwd, "pulumi", "up", "--yes", "--skip-preview", ...stack);
                assert.equal(up.exitCode, 0, up.all);
                try {
                    const plan = await run(
                        cwd,
                        "npx",
                        "istio-canary",
                        "plan",
                        "--stack",
                        "packages",
                    );
                    assert.equal(plan.exitCode, 0, plan.all);
                    assert.match(
                        plan.stdout,
                        new RegExp(`^${NAMESPACE}/web: canary v2 \\(sandbox/fortio`),
                    );
                    const elsewhere = ["istio-canary", "-C", cwd, "status", "--json"];
                    const status = await execa("npx", elsewhere, {
                        cwd,
                        env: { ...env, PULUMI_STACK: "packages" },
                    });
                    assert.deepEqual(JSON.parse(status.stdout).weight, {
                        configured: 0,
                        written: 0,
                    });
                } finally {
                    await run(cwd, "pulumi", "destroy", "--yes", "--skip-preview", ...stack);
                    await run(cwd, "pulumi", "stack", "rm", "--yes", ...stack);
                }
            });

            it("say what they need a checkout for", async () => {
                const { exitCode, stderr } = await run(cwd, "npx", "istio-canary", "sandbox", "up");
                assert.equal(exitCode, 2);
                assert.match(stderr, /`sandbox` needs a checkout of istio-canary/);
            });
        });
    }
});
