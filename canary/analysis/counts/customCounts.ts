/** Custom counters: the increase of each since the previous sample. */
import type { Cursors, CustomCounts, CustomValue, Window } from "./observation";

const ARMS = ["canary", "stable"] as const;

/**
 * The custom metrics with each counter replaced by its increase since these cursors; gauges are unchanged. A counter without a
 * cursor only gets one. A counter that fell (a pod is gone or was restarted) adds nothing, because its increase is unknown.
 */
export function customCounts(
    custom: Window["custom"],
    cursors: Cursors["custom"],
): { readonly added: Window["custom"]; readonly cursors: Cursors["custom"] } {
    const next: Record<string, CustomCounts> = { ...cursors };
    const added = Object.entries(custom).map(([name, value]): [string, CustomValue] => {
        const { canaryOf, stableOf, problem } = value;
        const isCounter = canaryOf !== undefined || stableOf !== undefined;
        if (problem !== undefined || !isCounter) return [name, value];
        const increase = (key: keyof CustomCounts) => {
            const found = value[key] ?? 0;
            const last = cursors[name]?.[key];
            // A total of 0 is a missing series, not a counter that was reset.
            if (found > 0 || last === undefined) next[name] = { ...next[name], [key]: found };
            return found - (last ?? found);
        };
        const counts = ARMS.map((arm) => {
            const [part, whole] = [increase(arm), increase(`${arm}Of`)];
            const known = part >= 0 && whole >= 0;
            // The totals come from two queries, so `part` can exceed `whole`.
            return known
                ? { [arm]: Math.min(part, whole), [`${arm}Of`]: whole }
                : { [arm]: 0, [`${arm}Of`]: 0 };
        });
        return [name, Object.assign({}, ...counts)];
    });
    return { added: Object.fromEntries(added), cursors: next };
}
