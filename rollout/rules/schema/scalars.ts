/** Checks a value's own type, range, length and form against its schema. */
import { editDistance, show } from "../../config/problems";
import { isMapping, textOf } from "../../config/unknown";
import { isIp } from "../istio/values/addresses";
import type { Schema } from "./schema";
import { listed } from "./unknownField";

export interface ScalarProblem {
    readonly expected: string;
    readonly fix: string;
}

const TYPES: Readonly<Record<string, string>> = {
    string: "a string",
    integer: "an integer",
    number: "a number",
    boolean: "true or false",
    array: "a list",
    object: "a mapping",
};

/** Patterns of Kubernetes' metadata, in words. */
const PATTERNS: Readonly<Record<string, string>> = {
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$":
        "lower-case letters, digits, hyphens and dots",
    "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$":
        "letters, digits, hyphens, underscores and dots, with a letter or digit at both ends",
    "^(?!\\.{1,2}$)[^/%]+$": "a name without slashes and percent signs",
};

const LIMITS: Readonly<Record<string, readonly [number, number]>> = {
    int32: [-(2 ** 31), 2 ** 31 - 1],
};

/** Formats of addresses, as k8s.io/kube-openapi checks them. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
    ipv4: (text) => isIp(text) && text.includes("."),
    ipv6: (text) => isIp(text) && text.includes(":"),
};

/** What the schema allows, for messages. */
export function typeText({ type, enum: values, intOrString }: Schema): string {
    if (values) return `one of ${listed(values.filter((one) => one !== "").map(String))}`;
    return intOrString ? "an integer or a string" : (TYPES[type ?? ""] ?? "a value");
}

export function scalarProblem(value: unknown, schema: Schema): ScalarProblem | undefined {
    if (!hasType(value, schema)) {
        return { expected: typeText(schema), fix: typeFix(value, schema) };
    }
    if (schema.enum && !schema.enum.includes(value)) {
        const near = nearValue(textOf(value), schema.enum.map(String));
        const fix = near === undefined ? "Use one of these values." : `Did you mean \`${near}\`?`;
        return { expected: typeText(schema), fix: `${fix} The API server rejects other values.` };
    }
    const expected = rangeProblem(value, schema) ?? sizeProblem(value, schema);
    return expected === undefined
        ? undefined
        : { expected, fix: "Change it: the API server rejects this value." };
}

/** At most a third of the letters differ: HTTP is no typing error for TCP. */
function nearValue(value: string, allowed: readonly string[]): string | undefined {
    const distance = (one: string) => editDistance(value.toLowerCase(), one.toLowerCase());
    const [near] = allowed.filter((one) => one !== "").sort((a, b) => distance(a) - distance(b));
    if (near === undefined || distance(near) > Math.max(1, value.length / 3)) return undefined;
    return near;
}

function hasType(value: unknown, { type, intOrString }: Schema): boolean {
    if (intOrString) return typeof value === "string" || Number.isInteger(value);
    if (type === undefined) return true;
    if (type === "integer") return Number.isInteger(value);
    if (type === "array") return Array.isArray(value);
    if (type === "object") return isMapping(value);
    return typeof value === type;
}

function typeFix(value: unknown, { type }: Schema): string {
    if (type === "string" && ["number", "boolean"].includes(typeof value)) {
        return `Put it in quotes: YAML reads ${show(value)} as a ${typeof value}.`;
    }
    if (typeof value === "string" && `${Number(value)}` === value && type !== "object") {
        if (type === "integer" || type === "number") return "Remove the quotes around the number.";
    }
    if (typeof value === "string" && /^(true|false)$/.test(value) && type === "boolean") {
        return "Remove the quotes around the value.";
    }
    if (type === "array") return "Write it as a list, with a dash before each entry.";
    return "Change its type: the API server rejects this value.";
}

function rangeProblem(value: unknown, schema: Schema): string | undefined {
    if (typeof value !== "number") return undefined;
    const [least, most] = LIMITS[schema.format ?? ""] ?? [undefined, undefined];
    const minimum = schema.minimum ?? least;
    const maximum = schema.maximum ?? most;
    if (
        !(minimum !== undefined && value < minimum) &&
        !(maximum !== undefined && value > maximum)
    ) {
        return undefined;
    }
    const noun = TYPES[schema.type ?? "number"] ?? "a number";
    if (schema.minimum === undefined) return `${noun} of at most ${maximum}`;
    return schema.maximum === undefined
        ? `${noun} of at least ${minimum}`
        : `${noun} from ${minimum} to ${maximum}`;
}

function sizeProblem(value: unknown, schema: Schema): string | undefined {
    if (typeof value === "string") {
        const isOfFormat = FORMATS[schema.format ?? ""];
        if (isOfFormat && !isOfFormat(value)) return `an ${schema.format} address`;
        const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema;
        const { length } = [...value];
        if (length < minLength)
            return minLength === 1 ? "a non-empty string" : `at least ${minLength} characters`;
        if (length > maxLength) return `at most ${maxLength} characters`;
        if (pattern && !regex(pattern).test(value)) {
            return PATTERNS[pattern] ?? `a string that matches ${pattern}`;
        }
    }
    if (Array.isArray(value)) {
        const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
        if (value.length < minItems) return `at least ${entries(minItems)}`;
        if (value.length > maxItems) return `at most ${entries(maxItems)}`;
    }
    if (isMapping(value)) {
        const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = schema;
        const { length } = Object.keys(value);
        if (length < minProperties) return `at least ${entries(minProperties)}`;
        if (length > maxProperties) return `at most ${entries(maxProperties)}`;
    }
    return undefined;
}

/** CRDs use no syntax that differs between RE2 and JavaScript, whose engine is faster. */
function regex(pattern: string): RegExp {
    const known = regexes.get(pattern) ?? new RegExp(pattern);
    regexes.set(pattern, known);
    return known;
}

const regexes = new Map<string, RegExp>();

function entries(count: number): string {
    return count === 1 ? "1 entry" : `${count} entries`;
}
