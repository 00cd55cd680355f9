// The completion scripts, by the shells that they are for.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { Argument, Command, Option } from "commander";
import { completionScript, SHELLS } from "../../../../canary/cli/completion/scripts";
import { treeOf } from "../../../../canary/cli/completion/tree";
import { COMMAND } from "../../../../dev/checkout";

/** What the completions have to cope with: nesting, choices, quotes, hidden commands. */
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

/** What bash offers at the end of a line that has been typed so far. */
function offered(line: string, script = completionScript("bash", treeOf(sample()))): string[] {
    // As readline splits it: "=" is a word of its own.
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
        it(`should print a script that ${shell} takes`, function () {
            const { status, stdout, stderr } = spawnSync(
                process.execPath,
                [COMMAND, "completion", shell],
                { encoding: "utf8" },
            );
            assert.equal(status, 0, stderr);
            assert.match(stdout, /sandbox/);
            const { error, ...parsed } = spawnSync(shell, ["-n"], { input: stdout });
            if (error !== undefined && shell !== "bash") this.skip();
            assert.equal(String(parsed.stderr), "");
            assert.equal(parsed.status, 0);
        });
    }

    it("should offer in bash what the command has", () => {
        const { stdout } = spawnSync(process.execPath, [COMMAND, "completion", "bash"], {
            encoding: "utf8",
        });
        assert.deepEqual(offered("istio-canary sand", stdout), ["sandbox"]);
        const r = offered("istio-canary r", stdout);
        for (const command of ["run", "resume", "rollback"])
            assert.ok(r.includes(command), command);
        assert.deepEqual(offered("istio-canary completion ", stdout).slice(0, 3), [...SHELLS]);
        assert.deepEqual(offered("istio-canary check --format s", stdout), ["sarif"]);
    });

    it("should refuse a shell that it does not know", () => {
        const { status, stderr } = spawnSync(process.execPath, [COMMAND, "completion", "tcsh"], {
            encoding: "utf8",
        });
        assert.equal(status, 2);
        assert.match(stderr, /Allowed choices are bash, zsh, fish/);
    });
});

describe("completionScript", () => {
    it("should offer commands that begin so, and no hidden one", () => {
        assert.deepEqual(offered("istio-canary r"), ["run", "report", "rollback"]);
        assert.deepEqual(offered("istio-canary s"), ["sandbox"]);
    });

    it("should offer a command's own commands, options and values", () => {
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

    it("should leave to the shell what may be any file", () => {
        assert.deepEqual(offered("istio-canary rollback --config "), []);
    });

    it("should hold in bash without its completion package, and be read twice", () => {
        const script = completionScript("bash", treeOf(sample()));
        assert.deepEqual(offered("istio-canary ru", script + script), ["run"]);
        assert.ok(!existsSync("$(up)"));
    });

    it("should keep what a description says from the shell", () => {
        const tree = treeOf(sample());
        const described = `Take it'\\''s "whole" ladder: \`up\` by $(up).`;
        assert.ok(completionScript("zsh", tree).includes(`'run:${described}'`));
        const fish = `-a 'run' -d 'Take it\\'s "whole" ladder: \`up\` by $(up).'`;
        assert.ok(completionScript("fish", tree).includes(fish));
    });
});
