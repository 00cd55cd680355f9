// What there is to complete, read from commander's own commands.
import type { Command, Option } from "commander";

export interface Flag {
    /** "--format", and "-f" where it has one. */
    readonly names: readonly string[];
    readonly description: string;
    readonly takesValue: boolean;
    /** Its values, where they are known. */
    readonly choices: readonly string[];
}

export interface Node {
    /** Words up to it: "istio-canary sandbox up". */
    readonly path: string;
    readonly name: string;
    readonly description: string;
    readonly commands: readonly Node[];
    readonly flags: readonly Flag[];
    /** Values of its arguments, where they are known. */
    readonly choices: readonly string[];
    /** Whether it takes arguments of which any may be a file. */
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

/** The node and all below it. */
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
