// The quick start's commands for a cluster that has Istio, with the sandbox as a context of a kubeconfig.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../dev/checkout";
import { sandboxTarget } from "../../dev/sandbox/demo/openTarget";
import { commandsIn } from "../mesh/harness/commandsIn";

const PAGE = readFileSync(path.join(CHECKOUT, "docs", "start", "quickstart.md"), "utf8");
/** The suite has a checkout already. */
const commands = commandsIn(PAGE)
    .filter(({ section }) => section === "4. The demo")
    .map(({ command }) => command)
    .filter((command) => !/^(git clone|npm ci)/.test(command));

describe("docs/start/quickstart.md", function () {
    this.timeout(400_000);

    it("runs on any context of a kubeconfig", async () => {
        const { env, kubectlFile } = await sandboxTarget(false);
        const kubectl = (...args: string[]) => execa(kubectlFile, args, { env });
        const { stdout: context } = await kubectl("config", "current-context");
        assert.equal(commands.length, 2);
        for (const command of commands) {
            // Shorter phases than a person wants to watch.
            const short = command.replace(/^npm run demo .*/, "$& --hold 3");
            const { exitCode, all } = await execa("bash", ["-c", short], {
                ...{ cwd: CHECKOUT, env: { ...env, CONTEXT: context }, stdin: "ignore" },
                ...{ all: true, reject: false },
            });
            assert.equal(exitCode, 0, `${command}\n${all}`);
            if (command.startsWith("npm")) {
                assert.match(all ?? "", new RegExp(`Running on context ${context}\\.`));
                assert.match(all ?? "", /Failed requests during the rollout: 0 of [1-9]\d+\./);
            }
        }
        const left = await kubectl("get", "namespaces", "canary-demo", "--ignore-not-found");
        assert.equal(left.stdout, "");
    });
});
