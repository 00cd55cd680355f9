/** The user's own metrics: instant queries for each version. */
import type { Slot } from "../../../rollout/config/slots";
import type { CustomMetric, MetricOf } from "../../analysis/config/metricConfig";
import type { CustomCounts, CustomValue, Window } from "../../analysis/counts/observation";
import type { ReferencedWorkloads } from "../../analysis/counts/referencedWorkloads";
import type { Ask } from "./api";
import { customQueries } from "./rawCounters";
import { valuesOf } from "./values";

type PrometheusMetric = MetricOf<"prometheus">;

interface Watched {
    readonly app: string;
    readonly namespace: string;
    readonly stable: Slot;
    readonly canary: Slot;
    readonly workloads?: ReferencedWorkloads;
}

/** Values by metric name. A metric that fails has a `problem`, and does not affect the others. */
export async function customValues(
    metrics: readonly CustomMetric[],
    watched: Watched,
    ask: Ask,
): Promise<Window["custom"]> {
    const values = metrics.filter(isPrometheus).map(async (metric) => {
        const value = await customValue(metric, watched, ask);
        return [metric.name, value] as const;
    });
    return Object.fromEntries(await Promise.all(values));
}

function isPrometheus(metric: CustomMetric): metric is PrometheusMetric {
    return metric.provider === undefined || metric.provider === "prometheus";
}

async function customValue(
    metric: PrometheusMetric,
    watched: Watched,
    ask: Ask,
): Promise<CustomValue> {
    const found: { -readonly [field in keyof CustomCounts]: number } = {};
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
                problem: `${query}: expected one value, got ${values.length}. Aggregate it with sum(…)`,
            };
        }
        const [value] = values;
        if (value !== undefined) found[field] = value;
    }
    const fields = Object.keys(found);
    if (metric.kind === "gauge") {
        if (fields.length > 0) return found;
    } else if (fields.some((field) => field.endsWith("Of"))) {
        // A counter does not exist before its first increment.
        return { canary: 0, canaryOf: 0, stable: 0, stableOf: 0, ...found };
    }
    return { problem: `${metric.of ?? metric.query}: no value for either version` };
}
