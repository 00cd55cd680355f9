/** Schemas for config values. Each error is a noun phrase that follows "expected": "an integer from 0 to 100". */
import { z } from "zod";
import { Deferred } from "./deferred";
import { parseDuration } from "./duration";

/** Metadata of a field for the docs and the argument types. */
export interface FieldMeta {
    readonly description?: string;
    /** Default in words, for a field whose schema has none. */
    readonly fallback?: string;
    /** Name of an object's interface in the argument types. */
    readonly typeName?: string;
    /** The value may come from another resource: `pulumi.Input<T>` in the argument types. */
    readonly leaf?: boolean;
}

/**
 * Documents a field.
 * @param text full sentences for docs/configuration.md, Pulumi.yaml and the argument types.
 * @param fallback default in words, if the schema has none. Default: "none".
 */
export function doc<Schema extends z.ZodType>(
    schema: Schema,
    text: string,
    fallback?: string,
): Schema {
    const meta: FieldMeta = { description: text, ...(fallback !== undefined && { fallback }) };
    return schema.meta(meta as z.core.GlobalMeta) as Schema;
}

/** A string that may come from another resource: a plain string, or a Deferred that the component puts in place of an Output. */
export function leaf<Schema extends z.ZodType<string>>(schema: Schema) {
    const meta: FieldMeta = { leaf: true };
    return z
        .union([z.instanceof(Deferred), schema], { error: () => expectationOf(schema) })
        .meta(meta as z.core.GlobalMeta);
}

/** What a schema expects, taken from its error message. */
export function expectationOf(schema: z.ZodType): string {
    return schema.safeParse(Symbol("nothing")).error?.issues[0]?.message ?? "";
}

/** A mapping that rejects unknown keys. The error for an unknown key lists the allowed keys, which problems.ts parses. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
    const keys = Object.keys(shape).join(", ");
    return z.strictObject(shape, {
        error: (issue) =>
            issue.code === "unrecognized_keys" ? keys : `a mapping with the keys ${keys}`,
    });
}

/** Names a schema's interface in the argument types. */
export function named<Schema extends z.ZodType>(typeName: string, schema: Schema): Schema {
    const meta: FieldMeta = { typeName };
    return schema.meta(meta as z.core.GlobalMeta) as Schema;
}

export function integer(min: number, max: number) {
    const expected = `an integer from ${min} to ${max}`;
    return z.int({ error: expected }).min(min, expected).max(max, expected);
}

export function number(min: number, max: number) {
    const expected = `a number from ${min} to ${max}`;
    return z.number({ error: expected }).min(min, expected).max(max, expected);
}

/** A duration string from `min` to `max`. With `whole`, only whole seconds. */
export function duration(min: string, max: string, whole = false) {
    const seconds = whole ? " in whole seconds" : "";
    const expected = `a duration${seconds} from ${min} to ${max}, such as "5s" or "1m30s"`;
    const low = parseDuration(min) ?? Number.NaN;
    const high = parseDuration(max) ?? Number.NaN;
    return z.string({ error: expected }).refine((text) => {
        const found = parseDuration(text);
        if (found === undefined || (whole && found % 1_000 !== 0)) return false;
        return found >= low && found <= high;
    }, expected);
}

export function boolean() {
    return z.boolean({ error: "true or false" });
}

/** One of several names, which tells the shapes of a union apart. */
export function oneAmong<const All extends readonly string[]>(all: All) {
    const error = `one of ${all.join(", ")}`;
    return <Name extends All[number]>(name: Name) => z.literal(name, { error });
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
    return z.enum(values, { error: `one of ${values.join(", ")}` });
}

// A refinement, because zod also checks min() on a value that is not a string.
export function text(expected = "a non-empty string") {
    return z.string({ error: expected }).refine((value) => value.length > 0, expected);
}

/** A string, possibly empty. The error mentions quotes because YAML parses unquoted numbers and booleans as other types. */
export function anyText() {
    return z.string({ error: "a string (quote numbers and booleans)" });
}

/** A string that matches a pattern. */
export function pattern(regex: RegExp, expected: string) {
    return z.string({ error: expected }).regex(regex, expected);
}

/** A DNS label. `longest` leaves room for suffixes of names that derive from it. */
export function dnsLabel(longest = 63) {
    const expected = `a DNS label of at most ${longest} characters: lower-case letters, digits and "-", starting with a letter`;
    return z
        .string({ error: expected })
        .refine((value) => value.length <= longest, expected)
        .regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, expected);
}

/** The name of an existing Kubernetes object. */
export function objectName() {
    const expected = 'the name of a Kubernetes object: lower-case letters, digits, "-" and "."';
    return pattern(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, expected);
}

/** A path inside a container. */
export function absolutePath() {
    const expected = 'a path that starts with "/" and contains no ":"';
    return pattern(/^\/[^:]*$/, expected);
}

/** A list; `what` names its items in the error, such as "paths". */
export function listOf<Item extends z.ZodType>(what: string, item: Item) {
    return z.array(item, { error: `a list of ${what}` });
}

/** A list of strings. If `empty` is set, it is the error for an empty list; otherwise the list may be empty. */
export function textList(empty?: string) {
    return listOf("strings", anyText()).refine(
        (list) => empty === undefined || list.length > 0,
        empty,
    );
}

/** A mapping from names to strings. */
export function texts(expected = "a mapping from names to strings") {
    return z.record(z.string(), anyText(), { error: expected });
}

/** A Kubernetes quantity, as in resources: "100m", "0.5", "64Mi". */
export function quantity() {
    const expected = 'a Kubernetes quantity, such as "100m", "0.5" or "64Mi"';
    return pattern(/^\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$/, expected);
}
