/** Suggestions for a field that the schema does not have. */
import { closest } from "../../config/problems";
import { child } from "./prepare";
import type { Schema, SchemaFile } from "./schema";

/** At most so many names are listed. */
const LISTED = 12;

/** The field of the same object that was probably meant. */
export function nearField(key: string, names: readonly string[]): string | undefined {
    const near = closest(key, names);
    if (near !== undefined) return near;
    const [word, start] = [key.toLowerCase(), key.toLowerCase().slice(0, 4)];
    return start.length < 4
        ? undefined
        : names.find((name) => name.toLowerCase().startsWith(word) || isStart(name, word));
}

function isStart(name: string, word: string): boolean {
    return name.length >= 4 && word.startsWith(name.toLowerCase());
}

/** Where the object's kind has this field: "spec.http[].timeout". Prefers places near `path`. */
export function placeOfField(
    key: string,
    path: string,
    root: Schema,
    file: SchemaFile,
): string | undefined {
    const found: string[] = [];
    const visit = (schema: Schema | undefined, place: string, depth: number) => {
        if (schema === undefined || depth > 12) return;
        for (const [name, index] of Object.entries(schema.properties ?? {})) {
            const next = place === "" ? name : `${place}.${name}`;
            if (name === key && place !== "metadata") found.push(next);
            if (name !== "status" && place !== "metadata")
                visit(child(index, file), next, depth + 1);
        }
        visit(child(schema.items, file), `${place}[]`, depth + 1);
    };
    visit(root, "", 0);
    const here = path.replaceAll(/\[\d+\]/g, "[]");
    return found.sort((a, b) => distance(a, here) - distance(b, here) || a.length - b.length)[0];
}

/** Steps up and down from one place to another. */
function distance(a: string, b: string): number {
    const [from, to] = [a.split("."), b.split(".")];
    const shared = from.findIndex((part, index) => part !== to[index]);
    return from.length + to.length - 2 * (shared < 0 ? from.length : shared);
}

/** "a, b, c", shortened. */
export function listed(names: readonly string[]): string {
    const shown = names.slice(0, LISTED).join(", ");
    return names.length > LISTED ? `${shown}, …` : shown;
}
