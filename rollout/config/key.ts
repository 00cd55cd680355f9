/** A top-level key of a rollout's config. One topic file per key holds its schema, default and documentation. */
import type { z } from "zod";

export interface Key<Schema extends z.ZodType = z.ZodType> {
    readonly schema: Schema;
    /** Rejected in mode `replicas`, which runs without Istio. */
    readonly needsIstio?: true;
    /** Rejected with protocol `tcp`, which has connections but no requests. */
    readonly needsRequests?: true;
}

export function key<Schema extends z.ZodType>(
    schema: Schema,
    needs: Omit<Key, "schema"> = {},
): Key<Schema> {
    return { schema, ...needs };
}

/** For keys that need Istio. */
export const ISTIO = { needsIstio: true } as const;
/** For keys that need Istio and a protocol with requests. */
export const REQUESTS = { needsIstio: true, needsRequests: true } as const;

/** Whether two values have the same JSON. */
export function isSame(a: unknown, b: unknown): boolean {
    return JSON.stringify(a) === JSON.stringify(b);
}
