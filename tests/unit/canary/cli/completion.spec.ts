// The completion scripts, run by their shells.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { Argument, Command, Option } from "commander";
import { completionScript, SHELLS } from "../../../../canary/cli/completion/scripts";
import { treeOf } from "../../../../canary/cli/completion/tree";
import { runCommand } from "../../../fixtures/command";

/** A command with nesting, choices, quotes and hidden commands. */
function sample(): Command {
    const canary = new Command("istio-canary");
    canary.command("run").description('Take it\'s "whole" ladder: `up` by $(up).');
    canary.command("report").addOption(new Option("-f, --format <format>").choices(["html", "md"]));
    canary.command("rollback").option("--config <file>").option("--emergency");
    const sandbox = canary.command("sandbox");
    sandbox.command("logs").addArgument(new Argument("[part]").choices(["etcd", "istiod"]));
    canary.command("secret", { hidden: true });
    return canary;
}

/** The words that bash offers at the end of a line. */
function offered(line: string, script = completionScript("bash", treeOf(sample()))): string[] {
    // Split as by readline: "=" is a word of its own.
    const words = line.split(/ |(?==)|(?<==)/).map((word) => `'${word}'`);
    const ask = `
${script}
COMP_WORDS=(${words.join(" ")})
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_istio_canary_complete
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", ask], { encoding: "utf8" });
    assert.equal(stderr, "");
    return stdout.split("\n").filter((word) => word !== "");
}

describe("istio-canary completion", () => {
    for (const shell of SHELLS) {
        it(`prints a script that ${shell} can parse`, async function () {
            const { status, stdout, stderr } = await runCommand(["completion", shell]);
            assert.equal(status, 0, stderr);
            assert.match(stdout, /sandbox/);
            const { error, ...parsed } = spawnSync(shell, ["-n"], { input: stdout });
            if (error !== undefined && shell !== "bash") this.skip();
            assert.equal(String(parsed.stderr), "");
            assert.equal(parsed.status, 0);
        });
    }

    it("offers the command's own commands and values in bash", async () => {
        const { stdout } = await runCommand(["completion", "bash"]);
        assert.deepEqual(offered("istio-canary sand", stdout), ["sandbox"]);
        const r = offered("istio-canary r", stdout);
        for (const command of ["run", "resume", "rollback"])
            assert.ok(r.includes(command), command);
        assert.deepEqual(offered("istio-canary completion ", stdout).slice(0, 3), [...SHELLS]);
        assert.deepEqual(offered("istio-canary check --format s", stdout), ["sarif"]);
    });

    it("rejects an unknown shell", async () => {
        const { status, stderr } = await runCommand(["completion", "tcsh"]);
        assert.equal(status, 2);
        assert.match(stderr, /Allowed choices are bash, zsh, fish/);
    });
});

describe("completionScript", () => {
    it("offers commands with the typed prefix, except hidden ones", () => {
        assert.deepEqual(offered("istio-canary r"), ["run", "report", "rollback"]);
        assert.deepEqual(offered("istio-canary s"), ["sandbox"]);
    });

    it("offers a command's subcommands, options and values", () => {
        assert.deepEqual(offered("istio-canary sandbox l"), ["logs"]);
        assert.deepEqual(offered("istio-canary sandbox logs i"), ["istiod"]);
        assert.deepEqual(offered("istio-canary rollback --"), [
            "--config",
            "--emergency",
            "--help",
        ]);
        assert.deepEqual(offered("istio-canary report --format "), ["html", "md"]);
        assert.deepEqual(offered("istio-canary report -f m"), ["md"]);
        assert.deepEqual(offered("istio-canary report --format=m"), ["md"]);
        assert.deepEqual(offered("istio-canary report --format="), ["html", "md"]);
    });

    it("leaves file names to the shell", () => {
        assert.deepEqual(offered("istio-canary rollback --config "), []);
    });

    it("works in bash without the bash-completion package, and can be sourced twice", () => {
        const script = completionScript("bash", treeOf(sample()));
        assert.deepEqual(offered("istio-canary ru", script + script), ["run"]);
        assert.ok(!existsSync("$(up)"));
    });

    it("quotes descriptions for the shell", () => {
        const tree = treeOf(sample());
        const described = `Take it'\\''s "whole" ladder: \`up\` by $(up).`;
        assert.ok(completionScript("zsh", tree).includes(`'run:${described}'`));
        const fish = `-a 'run' -d 'Take it\\'s "whole" ladder: \`up\` by $(up).'`;
        assert.ok(completionScript("fish", tree).includes(fish));
    });
});
