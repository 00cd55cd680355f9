/** The kinds of values that config is made of. Each error is a noun phrase that follows "expected": "an integer from 0 to 100". */
import { z } from "zod";
import { Deferred } from "./deferred";
import { parseDuration } from "./duration";

/** What the docs and the argument types say about a field, beside its schema. */
export interface FieldMeta {
    readonly description?: string;
    /** What holds if the key is absent and the schema has no default. */
    readonly fallback?: string;
    /** Name of the interface for an object, in the argument types. */
    readonly typeName?: string;
    /** May come from another resource: `pulumi.Input<T>` in the argument types. */
    readonly leaf?: boolean;
}

/**
 * Documents a field.
 * @param text full sentences; docs/configuration.md, Pulumi.yaml and the argument types show them.
 * @param fallback what holds if the key is absent and the schema has no default: "none" if omitted.
 */
export function doc<Schema extends z.ZodType>(
    schema: Schema,
    text: string,
    fallback?: string,
): Schema {
    const meta: FieldMeta = { description: text, ...(fallback !== undefined && { fallback }) };
    return schema.meta(meta as z.core.GlobalMeta) as Schema;
}

/** A text that may come from another resource: plain, or an Output that the component stands in for. */
export function leaf<Schema extends z.ZodType<string>>(schema: Schema) {
    const meta: FieldMeta = { leaf: true };
    return z
        .union([z.instanceof(Deferred), schema], { error: () => expectationOf(schema) })
        .meta(meta as z.core.GlobalMeta);
}

/** What a schema expects, as its own error says it. */
export function expectationOf(schema: z.ZodType): string {
    return schema.safeParse(Symbol("nothing")).error?.issues[0]?.message ?? "";
}

/** A mapping without other keys; the message of an unknown key lists the allowed ones, for problems.ts. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
    const keys = Object.keys(shape).join(", ");
    return z.strictObject(shape, {
        error: (issue) =>
            issue.code === "unrecognized_keys" ? keys : `a mapping with the keys ${keys}`,
    });
}

/** The same with a name for its interface in the argument types. */
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

/** A duration string; `min` and `max` are durations too. `whole` asks for full seconds. */
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

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
    return z.enum(values, { error: `one of ${values.join(", ")}` });
}

// Lengths are refinements: zod looks at the length of a value that has already failed as no string.
export function text(expected = "a non-empty string") {
    return z.string({ error: expected }).refine((value) => value.length > 0, expected);
}

/** A string, also an empty one; YAML reads unquoted numbers and booleans as something else. */
export function anyText() {
    return z.string({ error: "a string (quote numbers and booleans)" });
}

/** A string that matches a pattern. */
export function pattern(regex: RegExp, expected: string) {
    return z.string({ error: expected }).regex(regex, expected);
}

/** A DNS label, short enough for the names that are made from it. */
export function dnsLabel(longest = 63) {
    const expected = `a DNS label (lower-case letters, digits and "-", a letter first, at most ${longest} characters)`;
    return z
        .string({ error: expected })
        .refine((value) => value.length <= longest, expected)
        .regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, expected);
}

/** The name of an existing object. */
export function objectName() {
    const expected = 'the name of a Kubernetes object (lower-case letters, digits, "-" and ".")';
    return pattern(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, expected);
}

/** A folder or file inside a container. */
export function absolutePath() {
    const expected = 'a path that starts with "/" and has no ":"';
    return pattern(/^\/[^:]*$/, expected);
}

/** A list; `what` names its items: "paths". */
export function listOf<Item extends z.ZodType>(what: string, item: Item) {
    return z.array(item, { error: `a list of ${what}` });
}

/** A list of strings; with `empty`, one that must not be empty. */
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
