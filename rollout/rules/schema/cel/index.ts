/** Evaluates the constraints that CRDs state in CEL (x-kubernetes-validations). */

import { Invalid, NoResult } from "./celValues";
import { compile, type Expression } from "./parser";

const cache = new Map<string, Expression>();

/** Whether a value meets a constraint. True if the result depends on a value that is unknown. */
export function holds(rule: string, self: unknown): boolean {
    const known = cache.get(rule) ?? compile(rule);
    cache.set(rule, known);
    try {
        return known({ self }) === true;
    } catch (error) {
        if (error instanceof NoResult) return true;
        if (error instanceof Invalid) return false;
        throw error;
    }
}
