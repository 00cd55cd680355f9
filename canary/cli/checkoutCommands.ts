// `istio-canary sandbox` and `istio-canary demo`, which work only in a checkout of istio-canary.
import { existsSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import type { ExitCode } from "./exitCode";

interface CheckoutCommands {
    addSandboxCommand(program: Command, exit: ExitCode): void;
    addDemoCommand(program: Command, exit: ExitCode): void;
}

/** Adds both commands. In an installed package they fail and say what they need. */
export function addCheckoutCommands(program: Command, exit: ExitCode): void {
    const module = path.join(__dirname, "..", "..", "dev", "sandbox", "commands.ts");
    if (existsSync(module)) {
        const commands: CheckoutCommands = require(module);
        commands.addSandboxCommand(program, exit);
        commands.addDemoCommand(program, exit);
        return;
    }
    for (const [name, description] of [
        ["sandbox", "Run a local Kubernetes with Istio (in a checkout of istio-canary only)."],
        ["demo", "Run a rollout on the sandbox (in a checkout of istio-canary only)."],
    ] as const) {
        program
            .command(name)
            .description(description)
            .argument("[args...]")
            .allowUnknownOption()
            .action(() => {
                throw new Error(
                    `\`${name}\` needs a checkout of istio-canary, because it builds a cluster from source. Clone the repository and run \`npx istio-canary ${name}\` there.`,
                );
            });
    }
}
