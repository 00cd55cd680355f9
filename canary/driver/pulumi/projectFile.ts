/** The file of a Pulumi project. */
import { existsSync } from "node:fs";
import path from "node:path";

/** Its path; undefined if the folder is no project's. */
export function projectFile(folder: string): string | undefined {
    return ["Pulumi.yaml", "Pulumi.yml"]
        .map((name) => path.join(folder, name))
        .find((file) => existsSync(file));
}
