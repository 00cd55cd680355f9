/** HTTP methods that a route matches. */
import { at, items, textAt, UNKNOWN } from "../../config/unknown";

/** Idempotent methods: RFC 9110, section 9.2.2. */
const IDEMPOTENT = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"];
/** Safe methods: RFC 9110, section 9.2.1. */
const SAFE = ["GET", "HEAD", "OPTIONS", "TRACE"];

export type MethodKind = "idempotent" | "safe";

/** Whether a route matches only methods of this kind. UNKNOWN if its matches are unknown. */
export function onlyTakes(kind: MethodKind, route: unknown): boolean | typeof UNKNOWN {
    const expected = kind === "safe" ? SAFE : IDEMPOTENT;
    const match = at(route, "match");
    if (match === UNKNOWN) return UNKNOWN;
    const methods = items(match).map(([, one]) => at(one, "method"));
    if (methods.includes(UNKNOWN)) return UNKNOWN;
    return methods.length > 0 && methods.every((method) => isLimitedTo(method, expected));
}

function isLimitedTo(method: unknown, expected: readonly string[]): boolean {
    const exact = at(method, "exact");
    if (typeof exact === "string") return expected.includes(exact);
    // Reads "GET|HEAD", also with parentheses or anchors, and no other regular expression.
    const [, names = ""] = /^\^?\(?([A-Z|]+)\)?\$?$/.exec(textAt(method, "regex") ?? "") ?? [];
    return names.split("|").every((name) => expected.includes(name));
}
