/** Which methods a route lets through. */
import { at, items, textAt, UNKNOWN } from "../../config/unknown";

/** Methods that may be repeated without another effect: RFC 9110, section 9.2.2. */
const IDEMPOTENT = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"];
/** Methods without any effect: RFC 9110, section 9.2.1. */
const SAFE = ["GET", "HEAD", "OPTIONS", "TRACE"];

export type MethodKind = "idempotent" | "safe";

/** Whether every request that a route takes has a method of that kind; UNKNOWN while its matches are not known. */
export function onlyTakes(kind: MethodKind, route: unknown): boolean | typeof UNKNOWN {
    const expected = kind === "safe" ? SAFE : IDEMPOTENT;
    const match = at(route, "match");
    if (match === UNKNOWN) return UNKNOWN;
    const methods = items(match).map(([, one]) => at(one, "method"));
    if (methods.includes(UNKNOWN)) return UNKNOWN;
    return methods.length > 0 && methods.every((method) => takesOnly(method, expected));
}

function takesOnly(method: unknown, expected: readonly string[]): boolean {
    const exact = at(method, "exact");
    if (typeof exact === "string") return expected.includes(exact);
    // "GET|HEAD", also in brackets or anchored; anything cleverer is not read.
    const [, names = ""] = /^\^?\(?([A-Z|]+)\)?\$?$/.exec(textAt(method, "regex") ?? "") ?? [];
    return names.split("|").every((name) => expected.includes(name));
}
