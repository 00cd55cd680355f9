/** Prepares an object as the API server does before it validates. */
import { isMapping, UNKNOWN } from "../../config/unknown";
import type { Schema, SchemaFile } from "./schema";

/** Variables that another tool fills in before the API server reads the file: Flux and envsubst, Helm. */
const PLACEHOLDER = /\$\{[^}]+\}|\{\{/;

export function hasPlaceholder(text: string): boolean {
    return PLACEHOLDER.test(text);
}

/**
 * Removes nulls that the schema does not allow, and adds defaults: PruneNonNullableNullsWithoutDefaults and Default of
 * apiextensions-apiserver. A text with a placeholder becomes UNKNOWN.
 */
export function prepared(value: unknown, schema: Schema | undefined, file: SchemaFile): unknown {
    if (typeof value === "string") return hasPlaceholder(value) ? UNKNOWN : value;
    if (Array.isArray(value)) {
        const items = child(schema?.items, file);
        return value.map((item) => prepared(item, items, file));
    }
    if (!isMapping(value)) return value;
    const result: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
        const field = fieldOf(schema, key, file);
        if (item === null && field !== undefined && !field.nullable) continue;
        result[key] = prepared(item, field, file);
    }
    for (const [key, field] of schema ? defaultsOf(schema, file) : []) {
        if (result[key] === undefined) result[key] = prepared(field.default, field, file);
    }
    return result;
}

type Named = readonly [name: string, schema: Schema];

/** The fields with a default. */
function defaultsOf(schema: Schema, file: SchemaFile): readonly Named[] {
    const known = withDefaults.get(schema);
    if (known !== undefined) return known;
    const found = Object.entries(schema.properties ?? {}).flatMap(([name, index]): Named[] => {
        const field = child(index, file);
        return field?.default === undefined ? [] : [[name, field]];
    });
    withDefaults.set(schema, found);
    return found;
}

const withDefaults = new WeakMap<Schema, readonly Named[]>();

/** The schema of a field of an object; undefined if there is none. */
export function fieldOf(
    schema: Schema | undefined,
    key: string,
    file: SchemaFile,
): Schema | undefined {
    const named = schema?.properties;
    const index = named && Object.hasOwn(named, key) ? named[key] : schema?.additionalProperties;
    return child(index, file);
}

export function child(index: number | undefined, file: SchemaFile): Schema | undefined {
    return index === undefined ? undefined : file.schemas[index];
}
