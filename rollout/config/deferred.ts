/** Values that are not known until the engine resolves them, such as the digest of an image that another resource builds. */

/** Placeholder for such a value in config and manifests. The component inserts it and later replaces it with an Output. */
export class Deferred {
    /** @param from the Output or Promise itself, or data that contains Deferred values; `compute` derives this value from it. */
    constructor(
        readonly from: unknown,
        readonly compute: (known: never) => unknown = (known) => known,
    ) {}

    /** What messages show instead of the value. */
    toJSON(): string {
        return "[Output]";
    }
}

/** A config value that may come from another resource. */
export type Leaf<T> = T | Deferred;

/** Applies `compute` now if `from` contains no Deferred, otherwise when the values are known. */
export function derived<T, Result>(
    from: T,
    compute: (known: Exclude<T, Deferred>) => Result,
): Leaf<Result> {
    if (hasDeferred(from)) return new Deferred(from, compute);
    return compute(from as Exclude<T, Deferred>);
}

export function hasDeferred(data: unknown): boolean {
    if (data instanceof Deferred) return true;
    if (typeof data !== "object" || data === null) return false;
    return Object.values(data).some(hasDeferred);
}

/** A copy of the data with every Deferred replaced. */
export function replaceDeferred(data: unknown, replace: (deferred: Deferred) => unknown): unknown {
    if (data instanceof Deferred) return replace(data);
    if (Array.isArray(data)) return data.map((item) => replaceDeferred(item, replace));
    if (typeof data !== "object" || data === null) return data;
    if (Object.getPrototypeOf(data) !== Object.prototype) return data;
    return Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, replaceDeferred(value, replace)]),
    );
}
