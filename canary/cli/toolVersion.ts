// This tool's version, from package.json.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

let found: string | undefined;

export function version(): string {
    found ??= read();
    return found;
}

function read(): string {
    // In a checkout this file is in canary/cli, in a package in dist/canary/cli.
    const candidates = [path.join(__dirname, ".."), path.join(__dirname, "..", "..", "..")];
    const files = candidates.map((folder) => path.join(folder, "package.json"));
    const file = files.find(existsSync);
    if (file === undefined) throw new Error(`package.json: not found above ${__dirname}.`);
    return JSON.parse(readFileSync(file, "utf8")).version;
}
