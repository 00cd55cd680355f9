/** The user's own metrics: instant queries for each version. */
import type { Slot } from "../../../rollout/config/topics/roles";
import type { CustomMetric } from "../../analysis/config/analysis";
import type { CustomValue, Window } from "../../analysis/counts/observation";
import type { Ask } from "./api";
import { customQueries } from "./rawCounters";
import { valuesOf } from "./values";

interface Watched {
    readonly app: string;
    readonly namespace: string;
    readonly stable: Slot;
    readonly canary: Slot;
}

/** By name. A metric that fails has a problem of its own; the others go on. */
export async function customValues(
    metrics: readonly CustomMetric[],
    watched: Watched,
    ask: Ask,
): Promise<Window["custom"]> {
    const values = metrics.map(async (metric) => {
        const value = await customValue(metric, watched, ask);
        return [metric.name, value] as const;
    });
    return Object.fromEntries(await Promise.all(values));
}

async function customValue(metric: CustomMetric, watched: Watched, ask: Ask): Promise<CustomValue> {
    const found: { [field in Exclude<keyof CustomValue, "problem">]?: number } = {};
    const answers = customQueries(metric, watched, watched).map(async ({ field, query }) => ({
        field,
        query,
        answer: await ask(query),
    }));
    for (const { field, query, answer } of await Promise.all(answers)) {
        if (!answer.ok) return { problem: `${query}: ${answer.reason}` };
        const values = valuesOf(answer);
        if (values.length > 1) {
            return {
                problem: `${query} has ${values.length} values; must have one: put it into sum(…)`,
            };
        }
        const [value] = values;
        if (value !== undefined) found[field] = value;
    }
    const fields = Object.keys(found);
    if (metric.kind === "gauge") {
        if (fields.length > 0) return found;
    } else if (fields.some((field) => field.endsWith("Of"))) {
        // A counter is not there before it has counted for the first time.
        return { canary: 0, canaryOf: 0, stable: 0, stableOf: 0, ...found };
    }
    return { problem: `${metric.of ?? metric.query} has no value for either version` };
}
