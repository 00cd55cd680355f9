/** Config: how the driver judges a canary. Error bounds of the tests, margins, times, and what to do without an answer. */
import { z } from "zod";
import { parseDuration } from "../../../rollout/config/duration";
import {
    boolean,
    doc,
    duration,
    integer,
    listOf,
    mapping,
    number,
    oneOf,
    pattern,
    text,
} from "../../../rollout/config/fields";
import { type Problem, wrongValue } from "../../../rollout/config/problems";
import { isMatcher } from "./matcher";

const time = () => duration("1s", "168h");
const ending = () => oneOf(["hold", "rollback"]);

const latencySchema = mapping({
    enabled: doc(boolean().default(true), "Judge latency at all."),
    falseRollback: doc(
        number(1e-6, 0.2).default(0.005),
        "Probability at most of rolling back a canary that is not slower than allowed.",
    ),
    ratio: doc(
        number(1, 10).default(1.3),
        "How many times the stable's share of slow requests the canary may have.",
    ),
    margin: doc(
        number(0, 0.2).default(0.002),
        "Share of the canary's requests that may be slow beyond that.",
    ),
});

const objectiveSchema = mapping({
    errorShare: doc(
        number(0.00001, 0.5).optional(),
        "Share of failed requests that no version may exceed.",
    ),
});

const metricSchema = mapping({
    name: doc(
        pattern(/^[A-Za-z][\w-]{0,62}$/, 'a name of letters, digits, "-" and "_"'),
        "Name in the report.",
    ),
    query: doc(
        text("a PromQL query"),
        "Instant query. `{{version}}`, `{{app}}` and `{{namespace}}` stand for the slot, the app and its namespace.",
    ),
    of: doc(
        text("a PromQL query").optional(),
        "For a `counter`, required: the count that `query` is a share of, such as orders for failed orders.",
    ),
    kind: doc(
        oneOf(["counter", "gauge"]).default("gauge"),
        "`counter` only grows, and the same sequential test judges it; `gauge` is compared with limits.",
    ),
    better: doc(oneOf(["lower", "higher"]).default("lower"), "Which values are good."),
    ratio: doc(
        number(0, 1_000).optional(),
        "For a `gauge`: how many times the stable's value the canary's may be.",
    ),
    limit: doc(
        number(-1e15, 1e15).optional(),
        "For a `gauge`: the worst value that the canary may have.",
    ),
    samples: doc(
        integer(1, 1_000).default(3),
        "For a `gauge`: consecutive bad values after which the metric fails.",
    ),
    margin: doc(
        number(0, 0.5).default(0.001),
        "For a `counter`: how much more of its share the canary may have.",
    ),
    falseRollback: doc(
        number(1e-6, 0.2).default(0.005),
        "For a `counter`: probability at most of rolling back a canary that is no worse.",
    ),
});

export const analysisSchema = mapping({
    interval: doc(
        duration("1s", "10m").default("5s"),
        "Time between two polls of Prometheus; not shorter than its scrape interval.",
    ),
    falseRollback: doc(
        number(1e-6, 0.2).default(0.005),
        "Probability at most of rolling back a canary that fails no more than the stable (α).",
    ),
    falseAdvance: doc(
        number(1e-4, 0.5).default(0.05),
        "Probability at most of advancing, on evidence, a canary that costs more than `blast` (β).",
    ),
    margin: doc(
        number(0, 0.2).default(0.001),
        "Share of the canary's requests that may fail beyond the stable's share without a rollback.",
    ),
    blast: doc(
        number(0.0001, 0.2).default(0.005),
        "Share of all requests that the next step may at most add to the failures.",
    ),
    corroboration: doc(
        integer(1, 20).default(2),
        "Consecutive scrapes that must agree before a rollback.",
    ),
    warmUp: doc(
        integer(0, 20).default(1),
        "Scrapes after a version's first request that are not counted.",
    ),
    minRequests: doc(
        integer(1, 1_000_000).default(50),
        "Requests to the canary that a phase needs before it can pass.",
    ),
    minDwell: doc(time().default("30s"), "Shortest time in a phase."),
    maxDwell: doc(
        time().default("5m"),
        "Time in a phase after which it passes without strong evidence, if nothing looks wrong.",
    ),
    maxTotal: doc(time().default("15m"), "Time in a phase after which `onInconclusive` decides."),
    deadline: doc(
        time().default("1h"),
        "Time in a phase after which the driver rolls back. Longer than the other times.",
    ),
    bake: doc(
        duration("0s", "168h").default("10m"),
        "Time at 100 %, with the old pods still there.",
    ),
    probe: doc(
        boolean().default(true),
        "Start with a weight below the ladder's first, if the traffic is high enough to judge it.",
    ),
    onInconclusive: doc(
        oneOf(["hold", "rollback", "promote"]).default("hold"),
        "What to do at `maxTotal` without evidence either way.",
    ),
    onBlind: doc(
        ending().default("rollback"),
        "What to do when Prometheus has not answered for `blindLimit`.",
    ),
    blindLimit: doc(time().default("5m"), "See `onBlind`."),
    onInterrupt: doc(ending().default("hold"), "What a second Ctrl-C does."),
    exposureBudget: doc(
        integer(1, 1_000_000_000).optional(),
        "Failed canary requests that the rollout may cost.",
    ),
    latency: doc(latencySchema.prefault({}), "How latency is judged."),
    objective: doc(objectiveSchema.prefault({}), "Service level objective."),
    exclude: doc(
        listOf(
            "label matchers",
            z
                .string({ error: "a label matcher" })
                .refine(isMatcher, 'a label matcher, such as source_workload="tester"'),
        ).default([]),
        'Label matchers of requests that are not counted, such as `source_workload="load-generator"`.',
    ),
    metrics: doc(
        listOf("metrics", metricSchema).default([]),
        "Metrics of your own: a query for each version.",
    ),
});

export type Analysis = z.output<typeof analysisSchema>;
export type CustomMetric = Analysis["metrics"][number];

/** What no schema of one key can say about the analysis. */
export function analysisRelations(analysis: Analysis | undefined): Problem[] {
    if (analysis === undefined) return [];
    return [...timeRelations(analysis), ...analysis.metrics.flatMap(metricRelations)];
}

function timeRelations(analysis: Analysis): Problem[] {
    type Time = "minDwell" | "maxDwell" | "maxTotal" | "bake" | "deadline";
    const of = (key: Time) => parseDuration(analysis[key]) ?? 0;
    const problems: Problem[] = [];
    for (const [short, long] of [
        ["minDwell", "maxDwell"],
        ["maxDwell", "maxTotal"],
    ] as const) {
        if (of(long) >= of(short)) continue;
        const expected = `a duration of at least ${short} (${analysis[short]})`;
        problems.push(wrongValue(["analysis", long], expected, analysis[long]));
    }
    // At the deadline every canary is rolled back, however healthy, so each phase must be able to end before it.
    for (const key of ["minDwell", "bake"] as const) {
        if (of(key) < of("deadline")) continue;
        const expected = `a duration shorter than deadline (${analysis.deadline})`;
        const fix = `Set analysis.${key} lower or analysis.deadline higher`;
        problems.push(wrongValue(["analysis", key], expected, analysis[key], fix));
    }
    return problems;
}

function metricRelations({ kind, of, ratio, limit }: CustomMetric, index: number): Problem[] {
    const path = ["analysis", "metrics", index];
    if (kind === "counter" && of === undefined) {
        const expected = "the query that the counter is a share of";
        return [wrongValue([...path, "of"], expected, undefined)];
    }
    if (kind === "gauge" && ratio === undefined && limit === undefined) {
        const fix = "A gauge needs ratio, limit or both";
        return [wrongValue([...path, "ratio"], "a number from 0 to 1000", undefined, fix)];
    }
    return [];
}
