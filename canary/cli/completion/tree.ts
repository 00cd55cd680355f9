// The commands, options and values to complete, read from commander.
import type { Command, Option } from "commander";

export interface Flag {
    /** "--output", and "-o" if it has a short name. */
    readonly names: readonly string[];
    readonly description: string;
    readonly takesValue: boolean;
    /** Known values; empty if any value is allowed. */
    readonly choices: readonly string[];
}

export interface Node {
    /** The command in full: "istio-canary sandbox up". */
    readonly path: string;
    readonly name: string;
    readonly description: string;
    readonly commands: readonly Node[];
    readonly flags: readonly Flag[];
    /** Known values of its arguments; empty if any value is allowed. */
    readonly choices: readonly string[];
    /** Whether its arguments may be files. */
    readonly files: boolean;
}

export function treeOf(command: Command, before = ""): Node {
    const path = `${before}${command.name()}`;
    const help = command.createHelp();
    const known = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
    return {
        path,
        name: command.name(),
        description: help.subcommandDescription(command),
        commands: help.visibleCommands(command).map((one) => treeOf(one, `${path} `)),
        flags: help.visibleOptions(command).map(flagOf),
        choices: known,
        files: command.registeredArguments.length > 0 && known.length === 0,
    };
}

/** A node and all its descendants. */
export function withAll(node: Node): Node[] {
    return [node, ...node.commands.flatMap(withAll)];
}

function flagOf({ short, long, description, required, optional, argChoices }: Option): Flag {
    return {
        names: [long, short].filter((name) => name !== undefined),
        description,
        takesValue: required || optional,
        choices: argChoices ?? [],
    };
}
