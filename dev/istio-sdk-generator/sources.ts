// Lists, compares and replaces the checked-in sources of the generated SDK.

import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** Folders of the package that are build output or dependencies, not generated sources. */
const built = new Set(["bin", "node_modules"]);

/** The generated files in a folder, as sorted paths with `/`; empty if the folder does not exist. */
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

/** Differences between the generated and the checked-in sources: one line per file, empty if equal. */
export function findDrift(generated: string, checkedIn: string): string[] {
    const wanted = listSources(generated);
    const present = new Set(listSources(checkedIn));
    const lines: string[] = [];
    for (const path of wanted) {
        if (!present.delete(path)) {
            lines.push(`${path}: missing`);
        } else if (
            !readFileSync(join(generated, path)).equals(readFileSync(join(checkedIn, path)))
        ) {
            lines.push(`${path}: differs from the generated file`);
        }
    }
    for (const path of present) {
        lines.push(`${path}: not a generated file`);
    }
    return lines.sort();
}

/** Replaces the checked-in sources with the generated ones, and removes the build output of the old ones. */
export function replaceSources(generated: string, checkedIn: string): void {
    for (const path of listSources(checkedIn)) {
        rmSync(join(checkedIn, path));
    }
    rmSync(join(checkedIn, "bin"), { recursive: true, force: true });
    for (const path of listSources(generated)) {
        cpSync(join(generated, path), join(checkedIn, path), { recursive: true });
    }
}
