// The options of every command that needs a stack.
import type { Command } from "commander";

export interface StackFlags {
    readonly stack?: string;
}

/** Flags of a command that acts on one rollout of the stack. */
export interface RolloutFlags extends StackFlags {
    readonly rollout?: string;
}

export interface JsonFlags extends RolloutFlags {
    readonly json: boolean;
}

export function addStackCommand(program: Command, name: string, description: string): Command {
    return program
        .command(name)
        .description(description)
        .option("-s, --stack <name>", "stack name (default: PULUMI_STACK, or the selected stack)")
        .option("-C, --cwd <dir>", "run in another directory");
}

/** As addStackCommand, with --rollout. */
export function addRolloutCommand(program: Command, name: string, description: string): Command {
    return addStackCommand(program, name, description).option(
        "-r, --rollout <name>",
        "the component's name, the app or namespace/app (default: the stack's only rollout)",
    );
}

/** As addRolloutCommand, with --json. */
export function addJsonCommand(program: Command, name: string, description: string): Command {
    return addRolloutCommand(program, name, description).option("--json", "print JSON", false);
}
