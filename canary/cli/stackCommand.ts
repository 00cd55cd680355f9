// The options of every command that needs a stack.
import type { Command } from "commander";

export interface StackFlags {
    readonly stack?: string;
}

export interface JsonFlags extends StackFlags {
    readonly json: boolean;
}

export function addStackCommand(program: Command, name: string, description: string): Command {
    return program
        .command(name)
        .description(description)
        .option("-s, --stack <name>", "stack name (default: PULUMI_STACK, or the selected stack)")
        .option("-C, --cwd <dir>", "run in another directory");
}

/** As addStackCommand, with --json. */
export function addJsonCommand(program: Command, name: string, description: string): Command {
    return addStackCommand(program, name, description).option("--json", "print JSON", false);
}
