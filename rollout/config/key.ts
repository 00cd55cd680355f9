/** A top-level key of a rollout's config: everything that is said about it stands in the one file of its topic. */
import type { z } from "zod";

export interface Key<Schema extends z.ZodType = z.ZodType> {
    readonly schema: Schema;
    /** Has no meaning in mode `replicas`, where there is no Istio to apply it. */
    readonly needsIstio?: true;
    /** Has no meaning with protocol `tcp`, which has connections and no requests. */
    readonly needsRequests?: true;
}

export function key<Schema extends z.ZodType>(
    schema: Schema,
    needs: Omit<Key, "schema"> = {},
): Key<Schema> {
    return { schema, ...needs };
}

/** With Istio only. */
export const ISTIO = { needsIstio: true } as const;
/** With Istio, and with a protocol that has requests. */
export const REQUESTS = { needsIstio: true, needsRequests: true } as const;

/** Whether two values are the same plain data. */
export function isSame(a: unknown, b: unknown): boolean {
    return JSON.stringify(a) === JSON.stringify(b);
}
