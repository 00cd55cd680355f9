// The checked-in sources of a generated SDK as a folder: listing, comparing, replacing.

import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** Folders of the package that are built or installed there, not generated. */
const built = new Set(["bin", "node_modules"]);

/** The generated files in a folder: paths with `/`, sorted; none if there is no such folder. */
export function listSources(folder: string): string[] {
    if (!existsSync(folder)) {
        return [];
    }
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
        .filter((path) => !built.has(path.split("/")[0] ?? ""))
        .sort();
}

/** How the checked-in sources differ from those just made: one line per file, none if equal. */
export function findDrift(made: string, checkedIn: string): string[] {
    const wanted = listSources(made);
    const present = new Set(listSources(checkedIn));
    const lines: string[] = [];
    for (const path of wanted) {
        if (!present.delete(path)) {
            lines.push(`${path}: missing, the generator makes it`);
        } else if (!readFileSync(join(made, path)).equals(readFileSync(join(checkedIn, path)))) {
            lines.push(`${path}: differs from what the generator makes`);
        }
    }
    for (const path of present) {
        lines.push(`${path}: the generator does not make it`);
    }
    return lines.sort();
}

/** Makes the checked-in sources those just made; removes what was built from the old ones. */
export function replaceSources(made: string, checkedIn: string): void {
    for (const path of listSources(checkedIn)) {
        rmSync(join(checkedIn, path));
    }
    rmSync(join(checkedIn, "bin"), { recursive: true, force: true });
    for (const path of listSources(made)) {
        cpSync(join(made, path), join(checkedIn, path), { recursive: true });
    }
}
