/** Edits a stack's config file in place; keeps comments and all other lines unchanged. */
import { readFileSync } from "node:fs";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { type Document, isMap, isNode, isScalar, type Pair, parse, parseDocument } from "yaml";
import { withLock } from "./fileLock";
import { projectFile } from "./projectFile";

export class StackFile {
    readonly path: string;

    constructor(
        directory: string,
        readonly stack: string,
    ) {
        this.path = stackFilePath(directory, stack);
    }

    /** A value as a string; undefined if the file has none. @throws Error if the file is not a stack's config. */
    async get(key: string): Promise<string | undefined> {
        const value = (await this.read()).getIn(["config", key]);
        return value === undefined || value === null ? undefined : String(value);
    }

    /**
     * Atomic: neither a reader nor a crash leaves or sees a partial file. Drivers of other rollouts edit the same file, so each
     * reads and writes it in one go.
     */
    async set(values: Readonly<Record<string, string | number>>): Promise<void> {
        await withLock(this.path, async () => replace(this.path, await this.edit(values)));
    }

    /** The file's text with other values. Does not write it. */
    async edit(values: Readonly<Record<string, string | number>>): Promise<string> {
        let text = await readFile(this.path, "utf8");
        for (const [key, value] of Object.entries(values)) {
            text = this.edited(text, key, JSON.stringify(String(value)));
        }
        return text;
    }

    /** Replaces only the value's own characters, because serializing the document would reformat it. */
    private edited(text: string, key: string, quoted: string): string {
        const document = this.parsed(text);
        const found = document.getIn(["config", key], true);
        if (isScalar(found) && found.range) {
            const [begin, end] = found.range;
            return text.slice(0, begin) + quoted + text.slice(end);
        }
        if (found !== undefined) {
            throw new Error(
                `${this.path}: config.${key}: expected a plain value, got a mapping or list.`,
            );
        }
        const config = document.get("config", true);
        const last = isMap(config) && !config.flow ? config.items.at(-1) : undefined;
        const [column, end] = last === undefined ? [] : placeAfter(last, text);
        if (column !== undefined && end !== undefined) {
            return `${text.slice(0, end)}${" ".repeat(column)}${key}: ${quoted}\n${text.slice(end)}`;
        }
        document.setIn(["config", key], document.createNode(JSON.parse(quoted)));
        return document.toString({ lineWidth: 0 });
    }

    private async read(): Promise<Document> {
        return this.parsed(await readFile(this.path, "utf8"));
    }

    private parsed(text: string): Document {
        const document = parseDocument(text);
        const [problem] = document.errors;
        if (problem !== undefined) throw new Error(`${this.path}: ${problem.message}`);
        if (!isMap(document.contents)) {
            throw new Error(
                `${this.path}: expected a mapping with the key \`config\`, got something else.`,
            );
        }
        return document;
    }
}

/** Where Pulumi keeps a stack's config: beside Pulumi.yaml, or in its `stackConfigDir`, which was once called `config`. */
function stackFilePath(directory: string, stack: string): string {
    const project = projectFile(directory);
    const { stackConfigDir, config } =
        project === undefined ? {} : (parse(readFileSync(project, "utf8")) ?? {});
    const folder = stackConfigDir ?? (typeof config === "string" ? config : "");
    // The file name leaves out the organization of `organization/project/stack`.
    const name = `Pulumi.${stack.split("/").at(-1)}${path.extname(project ?? ".yaml") || ".yaml"}`;
    return path.join(directory, folder, name);
}

/** Indentation and offset of a new line after a mapping's pair. */
function placeAfter({ key, value }: Pair, text: string): [number, number] | [] {
    const begin = isScalar(key) ? key.range?.[0] : undefined;
    const end = isNode(value) ? value.range?.[1] : undefined;
    if (begin === undefined || end === undefined) return [];
    const newline = text[end - 1] === "\n" ? end - 1 : text.indexOf("\n", end);
    // The library handles a last line without a newline.
    return newline === -1 ? [] : [begin - text.lastIndexOf("\n", begin - 1) - 1, newline + 1];
}

async function replace(file: string, text: string): Promise<void> {
    const partial = `${file}.${process.pid}.partial`;
    const { mode } = await stat(file);
    const handle = await open(partial, "w", mode);
    try {
        await handle.writeFile(text);
        await handle.sync();
    } finally {
        await handle.close();
    }
    try {
        await rename(partial, file);
    } catch (error) {
        await rm(partial, { force: true });
        throw error;
    }
    const folder = await open(path.dirname(file), "r");
    try {
        await folder.sync();
    } finally {
        await folder.close();
    }
}
