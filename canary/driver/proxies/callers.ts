/** Which pods call the app, from the series that Prometheus has of their proxies. */
import type { Window } from "../../analysis/counts/observation";
import type { Metrics } from "../ports";

export interface Caller {
    readonly namespace: string;
    readonly pod: string;
}

/** The same metrics, and the callers in the last window that they returned. */
export function watchCallers(metrics: Metrics): {
    readonly metrics: Metrics;
    /** The callers with the most requests first. */
    readonly callers: () => readonly Caller[];
} {
    let callers: readonly Caller[] = [];
    return {
        callers: () => callers,
        metrics: {
            async fetch(seconds, signal, phase) {
                const fetched = await metrics.fetch(seconds, signal, phase);
                if (fetched.ok) callers = callersIn(fetched.window);
                return fetched;
            },
        },
    };
}

/** Callers whose proxy has a pod's name; a scrape config may leave it out. */
export function callersIn({ requests }: Pick<Window, "requests">): Caller[] {
    const sent = new Map<string, Caller & { requests: number }>();
    for (const { labels, samples } of requests) {
        const { namespace, pod } = labels;
        if (!namespace || !pod) continue;
        const known = sent.get(`${namespace}/${pod}`)?.requests ?? 0;
        const by = (samples.at(-1)?.[1] ?? 0) - (samples[0]?.[1] ?? 0);
        sent.set(`${namespace}/${pod}`, { namespace, pod, requests: known + Math.max(0, by) });
    }
    return [...sent.values()]
        .sort((a, b) => b.requests - a.requests)
        .map(({ namespace, pod }) => ({ namespace, pod }));
}
