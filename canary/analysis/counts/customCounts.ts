/** Counters of the user's own: what was added to each since the look before. */
import type { Cursors, CustomValue, Window } from "./observation";

const ARMS = ["canary", "stable"] as const;

/**
 * The user's metrics with each count turned into what was added since these cursors; gauges as they are. A count without a cursor
 * only gets one. Fewer than before (a pod is gone, or was started anew) says nothing of what was added: none of it is counted.
 */
export function customCounts(
    custom: Window["custom"],
    cursors: Cursors,
): { readonly added: Window["custom"]; readonly cursors: Cursors } {
    const next: Record<string, number> = {};
    const added = Object.entries(custom).map(([name, value]): [string, CustomValue] => {
        const { canaryOf, stableOf, problem } = value;
        const isCount = canaryOf !== undefined || stableOf !== undefined;
        if (problem !== undefined || !isCount) return [name, value];
        const since = (key: keyof Omit<CustomValue, "problem">) => {
            const cursor = `custom ${name} ${key}`;
            const found = value[key] ?? 0;
            const last = cursors[cursor];
            // Nothing at all is an answer that is missing, not a counter that was reset.
            if (found > 0 || last === undefined) next[cursor] = found;
            return found - (last ?? found);
        };
        const counts = ARMS.map((arm) => {
            const [part, whole] = [since(arm), since(`${arm}Of`)];
            const known = part >= 0 && whole >= 0;
            // The two are asked for one after the other.
            return known
                ? { [arm]: Math.min(part, whole), [`${arm}Of`]: whole }
                : { [arm]: 0, [`${arm}Of`]: 0 };
        });
        return [name, Object.assign({}, ...counts)];
    });
    return { added: Object.fromEntries(added), cursors: next };
}
