// Finds and reads the files of the arguments: files, directories, patterns and stdin.
import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { buffer as readStream } from "node:stream/consumers";

export interface InputFile {
    readonly name: string;
    readonly text: string;
}

/**
 * @throws Error that names each file that is missing or is not text.
 */
export async function readInputs(args: readonly string[]): Promise<InputFile[]> {
    const found = await Promise.all(args.map(filesOf));
    const names = [...new Set(found.flatMap(({ files }) => files))];
    const searched = new Set(found.flatMap(({ files, isSearch }) => (isSearch ? files : [])));
    const read = await Promise.all(names.map((name) => attempt(() => readInput(name))));
    const problems = [...found, ...read].flatMap(({ problem }) => problem ?? []);
    if (problems.length > 0) throw new Error(problems.join("\n"));
    return read.flatMap(({ value }) =>
        value === undefined || (searched.has(value.name) && !mayHaveObjects(value)) ? [] : [value],
    );
}

/** A directory also holds files of other programs. */
function mayHaveObjects({ text }: InputFile): boolean {
    return /^[\s{"'-]*["']?(?:kind|apiVersion)["']?\s*:/im.test(text) || /"kind"\s*:/.test(text);
}

interface Files {
    readonly files: string[];
    /** The files were found, not named. */
    readonly isSearch: boolean;
    readonly problem?: string;
}

async function filesOf(arg: string): Promise<Files> {
    if (arg === "-") return { files: ["-"], isSearch: false };
    const info = await stat(arg).catch(() => undefined);
    if (info?.isDirectory()) return { files: await filesIn(arg), isSearch: true };
    if (info !== undefined) return { files: [arg], isSearch: false };
    const files = /[*?[{]/.test(arg) ? await matchesOf(arg) : [];
    if (files.length > 0) return { files, isSearch: false };
    return {
        files,
        isSearch: false,
        problem: `${arg}: expected a file or directory, got nothing.`,
    };
}

/** Files that kubectl reads too, without hidden directories and node_modules. */
async function filesIn(folder: string): Promise<string[]> {
    return (await walk(folder)).filter((name) => /\.(?:ya?ml|json)$/i.test(name));
}

async function walk(folder: string): Promise<string[]> {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = await Promise.all(
        entries.sort(byName).map((entry) => {
            const name = path.join(folder, entry.name);
            if (entry.isFile() || entry.isSymbolicLink()) return [name];
            const isSkipped = entry.name.startsWith(".") || entry.name === "node_modules";
            return entry.isDirectory() && !isSkipped ? walk(name) : [];
        }),
    );
    return names.flat();
}

function byName(a: Dirent, b: Dirent): number {
    return a.name < b.name ? -1 : 1;
}

/** Files that match a pattern with `*`, `**`, `?`, `[…]` or `{a,b}`, for shells that expand none. */
async function matchesOf(pattern: string): Promise<string[]> {
    const normal = path.normalize(pattern).replaceAll(path.sep, "/");
    const fixed = normal.split("/").findIndex((part) => /[*?[{]/.test(part));
    const root =
        normal.split("/").slice(0, fixed).join("/") || (normal.startsWith("/") ? "/" : ".");
    const regex = new RegExp(`^${regexOf(normal)}$`);
    const names = await walk(root).catch(() => []);
    return names.filter((name) => regex.test(name.replaceAll(path.sep, "/")));
}

function regexOf(pattern: string): string {
    return pattern.replace(/\*\*\/|\*\*|\*|\?|\[[^\]]+\]|\{[^}]*\}|[.+^$()|\\]/g, (found) => {
        if (found === "**/") return "(?:.*/)?";
        if (found === "**") return ".*";
        if (found === "*") return "[^/]*";
        if (found === "?") return "[^/]";
        if (found.startsWith("[")) return found.replace(/^\[!/, "[^");
        if (found.startsWith("{")) {
            return `(?:${found.slice(1, -1).split(",").map(regexOf).join("|")})`;
        }
        return `\\${found}`;
    });
}

async function readInput(name: string): Promise<InputFile> {
    const shown = name === "-" ? "stdin" : name;
    const bytes = name === "-" ? await readStream(process.stdin) : await readFile(name);
    return { name: shown, text: decode(shown, bytes) };
}

/** Shows nothing of binary data, which may confuse a terminal. */
function decode(name: string, bytes: Uint8Array): string {
    try {
        const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
        if (!text.includes("\0")) return text;
    } catch {
        // Reported below.
    }
    throw new Error(`${name}: expected UTF-8 text, got binary data.`);
}

async function attempt<Value>(
    work: () => Promise<Value>,
): Promise<{ value?: Value; problem?: string }> {
    try {
        return { value: await work() };
    } catch (error) {
        return { problem: error instanceof Error ? error.message : String(error) };
    }
}
