/** Applies a patch to a manifest. */
import { isMapping } from "../../config/unknown";

/**
 * Merges mappings, and merges lists by `name` if all their items have one, with new items at the end. Replaces anything else.
 * null removes a field. `kubectl patch` merges containers, volumes and variables in the same way.
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

function isNamed(value: unknown): value is Record<"name", string>[] {
    return (
        Array.isArray(value) &&
        value.every((item) => isMapping(item) && typeof item.name === "string")
    );
}
