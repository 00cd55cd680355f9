/** Reads plain manifests, parts of which may be absent, have the wrong type or not be known yet. */

/** Placeholder for a value that is not known during preview. */
export const UNKNOWN: unique symbol = Symbol.for("istio-canary.unknown");
export type Unknown = typeof UNKNOWN;

/** The value at a path: undefined if there is none, UNKNOWN if a parent of it is unknown. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
    let current = value;
    for (const key of path) {
        if (current === UNKNOWN) return UNKNOWN;
        if (typeof current !== "object" || current === null) return undefined;
        current = (current as Record<string | number, unknown>)[key];
    }
    return current;
}

/** The items of a list with their indexes; empty if the value is not a list. Check for UNKNOWN first. */
export function items(value: unknown): [index: number, item: unknown][] {
    return Array.isArray(value) ? [...value.entries()] : [];
}

/** Whether a value is a mapping of plain data. */
export function isMapping(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The string at a path. Undefined if it is absent, unknown or not a string. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
    const found = at(value, ...path);
    return typeof found === "string" ? found : undefined;
}

/** Any value as text, to compare or to show it. `String` throws if a list contains UNKNOWN, or if a mapping has a key `toString`. */
export function textOf(value: unknown): string {
    return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
