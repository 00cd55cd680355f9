/** Match conditions of VirtualService routes: whether one takes every request that another matches. */

import { at, isMapping, items, textAt, textOf, UNKNOWN } from "../../../config/unknown";

/** A route as its `match` entries say: each takes requests of its own. `[{}]` for a route without `match`. */
export function matchesOf(route: unknown): unknown[] | typeof UNKNOWN {
    const match = at(route, "match");
    if (match === UNKNOWN) return UNKNOWN;
    const entries = items(match).map(([, one]) => one);
    if (entries.some(hasUnknown)) return UNKNOWN;
    return entries.length === 0 ? [{}] : entries;
}

/** Fields that select no requests. */
const LABELS = ["name", "statPrefix", "ignoreUriCase"];
/** Mappings from a name to a string match. A condition for one more name selects fewer requests. */
const MAPPINGS = ["headers", "queryParams", "withoutHeaders", "sourceLabels"];

/** Whether `earlier` takes every request that `later` matches. Both must be known. */
export function covers(earlier: unknown, later: unknown): boolean {
    if (!isMapping(earlier) || !isMapping(later)) return false;
    const fields = Object.keys(earlier).filter((field) => !LABELS.includes(field));
    return fields.every((field) => {
        const [wide, narrow] = [earlier[field], later[field]];
        if (wide === undefined || wide === null) return true;
        if (field === "uri") return coversUri(earlier, later);
        if (MAPPINGS.includes(field)) return coversAll(field, wide, narrow);
        if (field === "sniHosts") return coversNames(wide, narrow);
        return field === "port" || Array.isArray(wide) || typeof wide === "string"
            ? same(wide, narrow)
            : coversText(wide, narrow);
    });
}

/**
 * Whether a match takes every request, except by gateway and source. Istio drops all routes after it
 * (pilot/pkg/networking/core/route/route.go:IsCatchAllRoute).
 */
export function isCatchAll(match: unknown): boolean {
    const uri = at(match, "uri");
    return (isEmpty(uri) || isEveryPath(uri)) && hasOnlyUri(match);
}

function isEveryPath(uri: unknown): boolean {
    return ["", "/"].includes(textAt(uri, "prefix") ?? "none") || textAt(uri, "regex") === ".*";
}

function hasOnlyUri(match: unknown): boolean {
    return Object.entries((match as object | null) ?? {}).every(
        ([field, value]) => LABELS.includes(field) || field === "uri" || isEmpty(value),
    );
}

function coversUri(earlier: Record<string, unknown>, later: Record<string, unknown>): boolean {
    const wide = earlier.uri;
    if (isEveryPath(wide)) return true;
    const folds = earlier.ignoreUriCase === true;
    if (!folds && later.ignoreUriCase === true) return false;
    return folds ? coversText(lower(wide), lower(later.uri)) : coversText(wide, later.uri);
}

/** `exact`, `prefix` or `regex`; `{}` stands for any value. */
function coversText(wide: unknown, narrow: unknown): boolean {
    if (same(wide, narrow)) return true;
    if (!isMapping(wide) || !isMapping(narrow)) return false;
    if (Object.keys(wide).length === 0) return true;
    const prefix = textAt(wide, "prefix");
    const value = textAt(narrow, "exact") ?? textAt(narrow, "prefix");
    return prefix !== undefined && value?.startsWith(prefix) === true;
}

function coversAll(field: string, wide: unknown, narrow: unknown): boolean {
    return Object.entries((wide as object | null) ?? {}).every(([name, value]) => {
        const other = at(narrow, name);
        if (other === undefined) return false;
        return field === "headers" ? coversText(value, other) : same(value, other);
    });
}

/** Server names of TLS: `*.example.com` takes `a.example.com`. */
function coversNames(wide: unknown, narrow: unknown): boolean {
    const patterns = items(wide).map(([, one]) => textOf(one));
    const names = items(narrow).map(([, one]) => textOf(one));
    return (
        names.length > 0 &&
        names.every((name) =>
            patterns.some((one) =>
                one.startsWith("*") ? name.endsWith(one.slice(1)) : name === one,
            ),
        )
    );
}

function lower(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value ?? null).toLowerCase());
}

function isEmpty(value: unknown): boolean {
    if (value === undefined || value === null) return true;
    return typeof value === "object" && Object.keys(value).length === 0;
}

/** Equal as JSON with the keys in order. */
function same(one: unknown, two: unknown): boolean {
    return JSON.stringify(sorted(one)) === JSON.stringify(sorted(two));
}

function sorted(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(sorted);
    if (!isMapping(value)) return value;
    const keys = Object.keys(value).sort();
    return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}

function hasUnknown(value: unknown): boolean {
    if (value === UNKNOWN) return true;
    return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}
