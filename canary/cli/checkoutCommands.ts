// `istio-canary sandbox` and `istio-canary demo`: only a checkout of istio-canary has what they run.
import { existsSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import type { Outcome } from "./main";

interface CheckoutCommands {
    addSandboxCommand(program: Command, outcome: Outcome): void;
    addDemoCommand(program: Command, outcome: Outcome): void;
}

/** Adds both commands; an installed package says what they need. */
export function addCheckoutCommands(program: Command, outcome: Outcome): void {
    const module = path.join(__dirname, "..", "..", "dev", "sandbox", "commands.ts");
    if (existsSync(module)) {
        const commands: CheckoutCommands = require(module);
        commands.addSandboxCommand(program, outcome);
        commands.addDemoCommand(program, outcome);
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
                    `\`${name}\` needs a checkout of istio-canary, because it builds a cluster from source: clone the repository and run \`npx istio-canary ${name}\` there.`,
                );
            });
    }
}
