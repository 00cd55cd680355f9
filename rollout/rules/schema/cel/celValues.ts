/** Values, operators and functions of CEL. */
import { matchesRe2 } from "../../../config/re2";
import { isMapping, UNKNOWN } from "../../../config/unknown";
import { parseGoDuration } from "../goDuration";

/** The expression reads a value that is unknown or of an unexpected type: it has no result. */
export class NoResult extends Error {}
/** The expression reads a field that is absent, or a text in another form: the API server rejects the object. */
export class Invalid extends Error {}

/** Thrown often, so their stack traces are taken once. */
const NO_RESULT = new NoResult();
const INVALID = new Invalid();

/** A field of an object or an entry of a list. */
export function member(value: unknown, key: unknown): unknown {
    const known = read(value);
    if (Array.isArray(known) && typeof key === "number") return read(known[key]);
    if (isMapping(known) && typeof key === "string") return read(known[fieldName(key)]);
    throw NO_RESULT;
}

/** Whether an object has a field. */
export function hasField(value: unknown, key: string): boolean {
    const known = read(value);
    return isMapping(known) && known[fieldName(key)] !== undefined;
}

/** CEL's reserved words are escaped as `__word__`. */
function fieldName(key: string): string {
    return /^__(\w+)__$/.exec(key)?.[1] ?? key;
}

/** @throws Invalid if the value is absent, NoResult if it is unknown. */
export function read(value: unknown): unknown {
    if (value === undefined) throw INVALID;
    if (value === UNKNOWN) throw NO_RESULT;
    return value;
}

/** The entries of a list, or the keys of a mapping. */
export function entries(value: unknown): unknown[] {
    if (Array.isArray(value)) return value;
    if (isMapping(value)) return Object.keys(value);
    throw NO_RESULT;
}

type Operator = (a: unknown, b: unknown) => unknown;

export const OPERATORS: Readonly<Record<string, Operator>> = {
    "==": (a, b) => a === b,
    "!=": (a, b) => a !== b,
    "<": (a, b) => numbers(a, b, (x, y) => x < y),
    "<=": (a, b) => numbers(a, b, (x, y) => x <= y),
    ">": (a, b) => numbers(a, b, (x, y) => x > y),
    ">=": (a, b) => numbers(a, b, (x, y) => x >= y),
    in: (a, b) => entries(b).includes(a),
    "+": (a, b) =>
        typeof a === "string" && typeof b === "string" ? a + b : numbers(a, b, (x, y) => x + y),
    "-": (a, b) => numbers(a, b, (x, y) => x - y),
};

function numbers<T>(a: unknown, b: unknown, apply: (a: number, b: number) => T): T {
    if (typeof a !== "number" || typeof b !== "number") throw NO_RESULT;
    return apply(a, b);
}

/** Global functions: the argument is already evaluated. */
export const FUNCTIONS: Readonly<Record<string, (value: unknown) => unknown>> = {
    size: (value) => (typeof value === "string" ? [...value].length : entries(value).length),
    duration: (value) => parseGoDuration(text(value)) ?? reject(),
    int: (value) => (/^-?\d+$/.test(String(value)) ? Number(value) : reject()),
    isURL: (value) => isUrl(text(value)),
    url: (value) => (isUrl(text(value)) ? value : reject()),
};

/** Methods of strings. The receiver and the arguments are already evaluated. */
export const METHODS: Readonly<Record<string, (value: unknown, ...args: unknown[]) => unknown>> = {
    size: (value) => FUNCTIONS.size?.(value),
    contains: (value, part) => text(value).includes(text(part)),
    startsWith: (value, part) => text(value).startsWith(text(part)),
    endsWith: (value, part) => text(value).endsWith(text(part)),
    matches: (value, pattern) => matchesRe2(text(pattern), text(value)),
    split: (value, separator) => text(value).split(text(separator)),
    substring: (value, start, end) => {
        const whole = text(value);
        return Number(end) > whole.length ? reject() : whole.slice(Number(start), Number(end));
    },
    getScheme: (value) => /^([A-Za-z][\w+.-]*):/.exec(text(value))?.[1]?.toLowerCase() ?? "",
};

function text(value: unknown): string {
    if (typeof value !== "string") throw NO_RESULT;
    return value;
}

function reject(): never {
    throw INVALID;
}

/** url.ParseRequestURI of Go: an absolute URI or an absolute path. */
function isUrl(value: string): boolean {
    if (value.startsWith("/")) return true;
    return /^[A-Za-z][\w+.-]*:[^\s]+$/.test(value) && URL.canParse(value);
}
