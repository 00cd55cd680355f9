/** Values that only the engine knows, such as an image's digest that another resource computes. */

/** Stands in config and in manifests for such a value; the component puts it in and takes it out again. */
export class Deferred {
    /** @param from the value itself, or data that holds Deferred values; `compute` makes this value from it. */
    constructor(
        readonly from: unknown,
        readonly compute: (known: never) => unknown = (known) => known,
    ) {}

    /** What messages show in its place. */
    toJSON(): string {
        return "[Output]";
    }
}

/** A leaf of config that may come from another resource. */
export type Leaf<T> = T | Deferred;

/** What `compute` makes of data: at once where all of it is known, otherwise later. */
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

/** The same data with every Deferred replaced. */
export function replaceDeferred(data: unknown, replace: (deferred: Deferred) => unknown): unknown {
    if (data instanceof Deferred) return replace(data);
    if (Array.isArray(data)) return data.map((item) => replaceDeferred(item, replace));
    if (typeof data !== "object" || data === null) return data;
    if (Object.getPrototypeOf(data) !== Object.prototype) return data;
    return Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, replaceDeferred(value, replace)]),
    );
}
