// Shell completion scripts. Each is self-contained, so that TAB starts no process and needs no package.
import { type Flag, type Node, withAll } from "./tree";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell, root: Node): string {
    return { bash, zsh, fish }[shell](root);
}

/** For bash 3.2 and later. Falls back to file names. */
function bash(root: Node): string {
    const name = root.name;
    const id = name.replaceAll("-", "_");
    const words = (node: Node) =>
        [
            ...node.commands.map((one) => one.name),
            ...node.choices,
            ...node.flags.flatMap(({ names }) => names),
        ].join(" ");
    return lines(
        `_${id}_complete() {`,
        `    local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}`,
        `    local at=${name} words= index`,
        "    # --format=json is three words here",
        `    if [ "$word" = "=" ]; then word=; else [ "$before" != "=" ] || before=\${COMP_WORDS[COMP_CWORD-2]}; fi`,
        ...walk(
            root,
            `\${COMP_WORDS[index]}`,
            "for ((index = 1; index < COMP_CWORD; index++)); do",
            "done",
        ),
        '    case "$at $before" in',
        ...valued(root).map(
            ({ patterns, flag }) =>
                `        ${patterns}) words=${quoted(flag.choices.join(" "))} ;;`,
        ),
        '        *) case "$at" in',
        ...withAll(root).map(
            (node) => `            ${quoted(node.path)}) words=${quoted(words(node))} ;;`,
        ),
        "        esac ;;",
        "    esac",
        '    COMPREPLY=($(compgen -W "$words" -- "$word"))',
        "}",
        `complete -o default -F _${id}_complete ${name}`,
    );
}

/** Can be sourced after compinit, or put into fpath as a file. */
function zsh(root: Node): string {
    const name = root.name;
    const id = name.replaceAll("-", "_");
    const described = (text: string, description: string) =>
        quoted(`${text.replaceAll(":", "\\:")}:${description}`);
    const found = (node: Node) =>
        [
            ...node.commands.map((one) => described(one.name, one.description)),
            ...node.choices.map((one) => quoted(one)),
            ...node.flags.flatMap(({ names, description }) =>
                names.map((one) => described(one, description)),
            ),
        ].join(" ");
    return lines(
        `#compdef ${name}`,
        `_${id}() {`,
        `    local at=${name} before=\${words[CURRENT-1]} index`,
        "    local -a found",
        ...walk(
            root,
            `\${words[index]}`,
            "for ((index = 2; index < CURRENT; index++)); do",
            "done",
        ),
        '    case "$at $before" in',
        ...valued(root).map(
            ({ patterns, flag }) =>
                `        ${patterns}) found=(${flag.choices.map(quoted).join(" ")}) ;;`,
        ),
        '        *) case "$at" in',
        ...withAll(root).map(
            (node) => `            ${quoted(node.path)}) found=(${found(node)}) ;;`,
        ),
        "        esac ;;",
        "    esac",
        `    { (( \${#found} )) && _describe ${id} found } || _files`,
        "}",
        `if [ "$funcstack[1]" = _${id} ]; then _${id} "$@"; else compdef _${id} ${name}; fi`,
    );
}

function fish(root: Node): string {
    const name = root.name;
    const id = name.replaceAll("-", "_");
    const paths = withAll(root).slice(1);
    return lines(
        `function __${id}_at`,
        `    set -l at ${name}`,
        "    for word in (commandline -opc)[2..]",
        '        switch "$at $word"',
        `            case ${paths.map(({ path }) => fishQuoted(path)).join(" ")}`,
        '                set at "$at $word"',
        "        end",
        "    end",
        '    test "$at" = "$argv[1]"',
        "end",
        ...withAll(root).flatMap((node) => {
            const here = `complete -c ${name} -n ${fishQuoted(`__${id}_at ${fishQuoted(node.path)}`)}`;
            return [
                ...(node.files ? [] : [`${here} -f`]),
                ...node.commands.map(
                    (one) => `${here} -a ${fishQuoted(one.name)} -d ${fishQuoted(one.description)}`,
                ),
                ...node.choices.map((one) => `${here} -a ${fishQuoted(one)}`),
                ...node.flags.map((flag) => `${here} ${fishFlag(flag)}`),
            ];
        }),
    );
}

function fishFlag({ names, description, takesValue, choices }: Flag): string {
    const parts = names.map((one) =>
        one.startsWith("--") ? `-l ${one.slice(2)}` : `-s ${one.slice(1)}`,
    );
    if (choices.length > 0) parts.push(`-x -a ${fishQuoted(choices.join(" "))}`);
    else if (takesValue) parts.push("-r");
    return [...parts, `-d ${fishQuoted(description)}`].join(" ");
}

/** Follows the words down the commands; afterwards `at` is the command at the cursor. */
function walk(root: Node, word: string, begin: string, end: string): string[] {
    const paths = withAll(root)
        .slice(1)
        .map(({ path }) => quoted(path));
    return [
        `    ${begin}`,
        `        case "$at ${word}" in`,
        `            ${paths.join("|")}) at="$at ${word}" ;;`,
        "        esac",
        `    ${end}`,
    ];
}

/** Flags that take a value, with the patterns of all their names. */
function valued(root: Node): { patterns: string; flag: Flag }[] {
    return withAll(root).flatMap(({ path, flags }) =>
        flags
            .filter(({ takesValue }) => takesValue)
            .map((flag) => ({
                patterns: flag.names.map((name) => quoted(`${path} ${name}`)).join("|"),
                flag,
            })),
    );
}

function quoted(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishQuoted(text: string): string {
    return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function lines(...all: string[]): string {
    return `${all.join("\n")}\n`;
}
