// The command line: arguments in, exit code out. 0 done, 1 done but not well, 2 could not run.
import { Command, CommanderError } from "commander";
import { addCheckCommand } from "./check";
import { addCheckoutCommands } from "./checkoutCommands";
import { addCompletionCommand } from "./completion";
import { addObservabilityCommands } from "./monitoring";
import { addReportCommands } from "./report";
import { addRolloutCommands } from "./rollout";

/** A command sets the code that it ends with; 0 if it sets none. */
export interface Outcome {
    exitCode: number;
}

/** Runs one command and returns its exit code; what goes wrong is said on stderr. */
export async function main(args: readonly string[]): Promise<number> {
    const outcome: Outcome = { exitCode: 0 };
    // Nobody reads any more (`| head`): what is under way still has to be ended properly.
    for (const stream of [process.stdout, process.stderr]) {
        stream.on("error", ignoreClosedPipe);
    }
    try {
        await program(outcome).parseAsync([...args], { from: "user" });
        return outcome.exitCode;
    } catch (error) {
        if (error instanceof CommanderError) {
            // Commander has said it already; --help and --version end with 0.
            return error.exitCode === 0 ? 0 : 2;
        }
        const message = error instanceof Error ? error.message : String(error);
        process.stderr.write(`istio-canary: ${message}\n`);
        return 2;
    }
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
    if (error.code !== "EPIPE") {
        throw error;
    }
}

function program(outcome: Outcome): Command {
    const canary = new Command("istio-canary")
        .description("Canary rollouts on Kubernetes with Istio, each phase a `pulumi up`.")
        .exitOverride()
        // So that an option after `sandbox exec`'s command is the command's.
        .enablePositionalOptions()
        .showHelpAfterError("(--help shows how)");
    addCheckCommand(canary, outcome);
    addRolloutCommands(canary, outcome);
    addCheckoutCommands(canary, outcome);
    addObservabilityCommands(canary);
    addReportCommands(canary);
    addCompletionCommand(canary);
    return canary;
}
