/** A manifest with a patch over it. */

/**
 * Mappings are merged; lists whose items all have a `name` are merged by it, what is new at the end; anything else is
 * replaced; null takes a field away. The way `kubectl patch` merges containers, volumes and variables.
 */
export function patched<T>(base: T, patch: unknown): T {
    return merge(base, patch) as T;
}

function merge(base: unknown, patch: unknown): unknown {
    if (patch === undefined) return base;
    if (isMapping(base) && isMapping(patch)) {
        const keys = [...new Set([...Object.keys(base), ...Object.keys(patch)])];
        const fields = keys
            .filter((key) => patch[key] !== null)
            .map((key) => [key, merge(base[key], patch[key])]);
        return Object.fromEntries(fields);
    }
    if (isNamed(base) && isNamed(patch)) {
        const changed = base.map((item) =>
            merge(
                item,
                patch.find(({ name }) => name === item.name),
            ),
        );
        const added = patch.filter(({ name }) => base.every((item) => item.name !== name));
        return [...changed, ...added];
    }
    return patch;
}

function isMapping(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNamed(value: unknown): value is Record<"name", string>[] {
    return (
        Array.isArray(value) &&
        value.every((item) => isMapping(item) && typeof item.name === "string")
    );
}
