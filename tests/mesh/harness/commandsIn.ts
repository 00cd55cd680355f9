// The commands of a documentation page.

export interface PageCommand {
    /** The heading above it. */
    readonly section: string;
    readonly command: string;
    /** Whether the page says, in a comment on the same line, that it ends with an error. */
    readonly fails: boolean;
}

/** Comments on a line that announce an exit code other than 0. */
const FAILING = /#\s+(?:refused|rolls back)\s*$/;

/** The lines of a page's shell blocks, in order. */
export function commandsIn(page: string): PageCommand[] {
    const found: PageCommand[] = [];
    let section = "";
    let isShell = false;
    for (const line of page.split("\n")) {
        if (line.startsWith("```")) isShell = line === "```sh";
        else if (isShell && line.trim() !== "") {
            const command = line.replace(/\s+#\s.*$/, "");
            found.push({ section, command, fails: FAILING.test(line) });
        } else if (line.startsWith("## ")) section = line.slice(3);
    }
    return found;
}
