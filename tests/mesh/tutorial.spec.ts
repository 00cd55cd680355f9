// Every command of the tutorial, in the order of the page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../dev/checkout";
import { sandboxTarget } from "../../dev/sandbox/demo/openTarget";
import type { Target } from "../../dev/sandbox/demo/target";
import { commandsIn, type PageCommand } from "./harness/commandsIn";

const PAGE = readFileSync(path.join(CHECKOUT, "docs", "start", "tutorial.md"), "utf8");
/** The suite has a checkout and a sandbox already. */
const commands = commandsIn(PAGE).filter(({ section }) => section !== "Before you begin");
const SECTIONS = [...new Set(commands.map(({ section }) => section))];
const CLEAN_UP = "Clean up";

describe("docs/start/tutorial.md", function () {
    this.timeout(300_000);
    let target: Target;

    const run = async ({ command }: PageCommand) =>
        execa("bash", ["-c", command], {
            cwd: CHECKOUT,
            env: target.env,
            reject: false,
            all: true,
            stdin: "ignore",
        });

    before(async () => {
        target = await sandboxTarget(false);
    });

    after(async () => {
        // If a command failed, the page's own clean-up has not run.
        for (const one of commands) if (one.section === CLEAN_UP) await run(one);
        for (const left of ["Pulumi.tutorial.yaml", path.join(".canary", "tutorial")]) {
            await rm(path.join(CHECKOUT, left), { recursive: true, force: true });
        }
    });

    for (const section of SECTIONS) {
        it(section, async () => {
            for (const one of commands.filter((command) => command.section === section)) {
                const { exitCode, all } = await run(one);
                assert.equal(exitCode !== 0, one.fails, `${one.command}\n${all}`);
                if (one.command.startsWith("pulumi preview"))
                    assert.match(all ?? "", /weight-step/);
                if (one.fails && one.command.endsWith("run")) assert.equal(exitCode, 1, all);
            }
        });
    }
});
