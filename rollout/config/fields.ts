/** The kinds of values that config is made of; each error is a whole sentence that starts with "must". */
import { z } from "zod";
import { parseDuration } from "./duration";

/** A strict mapping; the message of an unknown key lists the known ones, for problems.ts. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
    const keys = Object.keys(shape).join(", ");
    return z.strictObject(shape, {
        error: (issue) =>
            issue.code === "unrecognized_keys" ? keys : `must be a mapping with the keys ${keys}`,
    });
}

export function integer(min: number, max: number) {
    const must = `must be an integer from ${min} to ${max}`;
    return z.int({ error: must }).min(min, must).max(max, must);
}

export function number(min: number, max: number) {
    const must = `must be a number from ${min} to ${max}`;
    return z.number({ error: must }).min(min, must).max(max, must);
}

/** A duration string; `min` and `max` are durations too. `whole` asks for full seconds. */
export function duration(min: string, max: string, whole = false) {
    const seconds = whole ? " in whole seconds" : "";
    const must = `must be a duration${seconds} from ${min} to ${max}, such as "5s" or "1m30s"`;
    const low = parseDuration(min) ?? Number.NaN;
    const high = parseDuration(max) ?? Number.NaN;
    return z.string({ error: must }).refine((text) => {
        const found = parseDuration(text);
        if (found === undefined || (whole && found % 1_000 !== 0)) return false;
        return found >= low && found <= high;
    }, must);
}

export function boolean() {
    return z.boolean({ error: "must be true or false" });
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
    return z.enum(values, { error: `must be one of ${values.join(", ")}` });
}

// Lengths are refinements throughout: zod's own look at the length of a value that has already failed as no text.
export function text(must = "must be a text that is not empty") {
    return z.string({ error: must }).refine((value) => value.length > 0, must);
}

/** A name that Kubernetes takes as a DNS label, short enough for the names made from it. */
export function dnsLabel(longest = 63) {
    const must = `must be a DNS label: lower-case letters, digits and "-", a letter first, at most ${longest} long`;
    return z
        .string({ error: must })
        .refine((value) => value.length <= longest, must)
        .regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, must);
}

/** The name of an object that is there already. */
export function objectName() {
    const must = 'must be the name of a Kubernetes object: lower-case letters, digits, "-" and "."';
    return z.string({ error: must }).regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, must);
}

/** A folder or file inside a container. */
export function absolutePath() {
    const must = "must be a path that starts with /, without :";
    return z.string({ error: must }).regex(/^\/[^:]*$/, must);
}

/** A list of texts; with the message `empty` one that must not be empty. */
export function textList(empty?: string) {
    return z
        .array(z.string({ error: "must be a text; quote it" }), {
            error: "must be a list of texts",
        })
        .refine((list) => empty === undefined || list.length > 0, empty);
}

/** A Kubernetes quantity, as in resources: "100m", "0.5", "64Mi". */
export function quantity() {
    const must = 'must be a Kubernetes quantity, such as "100m", "0.5" or "64Mi"';
    return z.string({ error: must }).regex(/^\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$/, must);
}
