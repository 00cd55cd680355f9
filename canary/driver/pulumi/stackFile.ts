/** A stack's config file, edited as a person would: comments and all other lines stay. */
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { type Document, isMap, isNode, isScalar, type Pair, parseDocument } from "yaml";

export class StackFile {
    readonly path: string;

    constructor(
        directory: string,
        readonly stack: string,
    ) {
        // An organisation's name before the stack's is none of the file's.
        this.path = path.join(directory, `Pulumi.${stack.split("/").at(-1)}.yaml`);
    }

    /** A value as a text; undefined where the file has none. @throws Error when the file is no stack's config. */
    async get(key: string): Promise<string | undefined> {
        const value = (await this.read()).getIn(["config", key]);
        return value === undefined || value === null ? undefined : String(value);
    }

    /** In one step: a reader sees the file before or after, and a crash leaves no half of one. */
    async set(values: Readonly<Record<string, string | number>>): Promise<void> {
        let text = await readFile(this.path, "utf8");
        for (const [key, value] of Object.entries(values)) {
            text = this.edited(text, key, JSON.stringify(String(value)));
        }
        await replace(this.path, text);
    }

    /** Only the value's own characters are replaced: a document written anew would be formatted anew too. */
    private edited(text: string, key: string, quoted: string): string {
        const document = this.parsed(text);
        const found = document.getIn(["config", key], true);
        if (isScalar(found) && found.range) {
            const [begin, end] = found.range;
            return text.slice(0, begin) + quoted + text.slice(end);
        }
        if (found !== undefined) {
            throw new Error(
                `${this.path}: config.${key} must be a plain value to be set; found a mapping or list.`,
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
            throw new Error(`${this.path}: must be a mapping with the key config; found none.`);
        }
        return document;
    }
}

/** Where a line may follow a pair of a mapping: how far in, and from which character on. */
function placeAfter({ key, value }: Pair, text: string): [number, number] | [] {
    const begin = isScalar(key) ? key.range?.[0] : undefined;
    const end = isNode(value) ? value.range?.[1] : undefined;
    if (begin === undefined || end === undefined) return [];
    const newline = text[end - 1] === "\n" ? end - 1 : text.indexOf("\n", end);
    // A last line without its newline is left to the library.
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
