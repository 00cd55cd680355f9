/** Reading plain manifests of which parts may be absent, wrongly typed, or not known yet. */

/** Stands for a value that a preview does not know yet. */
export const UNKNOWN: unique symbol = Symbol.for("istio-canary.unknown");
export type Unknown = typeof UNKNOWN;

/** The value at a path of fields: undefined where there is none, UNKNOWN where the way there is not known. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
    let current = value;
    for (const key of path) {
        if (current === UNKNOWN) return UNKNOWN;
        if (typeof current !== "object" || current === null) return undefined;
        current = (current as Record<string | number, unknown>)[key];
    }
    return current;
}

/** The items of a list with their places; none when it is no list. Ask `=== UNKNOWN` first. */
export function items(value: unknown): [index: number, item: unknown][] {
    return Array.isArray(value) ? [...value.entries()] : [];
}

/** A text at a path, or undefined; unknown counts as absent. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
    const found = at(value, ...path);
    return typeof found === "string" ? found : undefined;
}
