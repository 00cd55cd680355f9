/** Config: how the driver judges a canary: error bounds, margins, times, and what to do without a result. */
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
} from "../../../rollout/config/fields";
import { type Problem, wrongValue } from "../../../rollout/config/problems";
import { isMatcher } from "./matcher";
import { metricRelations, metricsSchema } from "./metricConfig";
import { responseSizeSchema } from "./metrics/responseSize";
import { proxiesSchema } from "./proxiesConfig";

const time = () => duration("1s", "168h");
const ending = () => oneOf(["hold", "rollback"]);

const latencySchema = mapping({
    enabled: doc(boolean().default(true), "Whether to judge latency."),
    falseRollback: doc(
        number(1e-6, 0.2).default(0.005),
        "Maximum probability of rolling back a canary that is not slower than `ratio` and `margin` allow.",
    ),
    ratio: doc(
        number(1, 10).default(1.3),
        "Maximum ratio of the canary's share of slow requests to the stable's.",
    ),
    margin: doc(
        number(0, 0.2).default(0.002),
        "Share of slow requests that the canary may have on top of `ratio` times the stable's share.",
    ),
});

const clientErrorsSchema = mapping({
    enabled: doc(boolean().default(true), "Whether to judge client errors (4xx)."),
    falseRollback: doc(
        number(1e-6, 0.2).default(0.005),
        "Maximum probability of rolling back a canary with no more client errors than the margins allow.",
    ),
    margin: doc(
        number(0, 1).default(0.02),
        "Share of requests by which the canary may exceed 1.5 times the stable's share of 401, of 403, of 404, 405 and 410, and of 429, each by itself, or of the gRPC statuses alike.",
    ),
    otherMargin: doc(
        number(0, 1).default(0.1),
        "The same for all other 4xx together, such as 400 and 422: a release may change what it rejects.",
    ),
});

const warmUpSchema = mapping({
    errors: doc(
        duration("0s", "1h").default("30s"),
        "In this time from a canary pod's first request, it may fail 3 % more requests than the stable.",
    ),
    latency: doc(
        duration("0s", "1h").default("60s"),
        "In this time from a canary pod's first request, its latency is not judged.",
    ),
});

const objectiveSchema = mapping({
    errorShare: doc(
        number(0.00001, 0.5).optional(),
        "Maximum share of failed requests. The driver rolls back if only the canary exceeds it, and holds while the stable exceeds it too.",
    ),
});

export const analysisSchema = mapping({
    interval: doc(
        duration("1s", "10m").default("5s"),
        "Interval between polls of Prometheus. Should not be shorter than the scrape interval.",
    ),
    falseRollback: doc(
        number(1e-6, 0.2).default(0.005),
        "Maximum probability of rolling back a canary that fails no more than the stable plus `margin` (α).",
    ),
    falseAdvance: doc(
        number(1e-4, 0.5).default(0.05),
        "Maximum probability of advancing, on evidence, a canary that costs more than `blast` (β).",
    ),
    margin: doc(
        number(0, 0.2).default(0.001),
        "How much higher than the stable's the canary's share of failed requests may be without a rollback.",
    ),
    blast: doc(
        number(0.0001, 0.2).default(0.005),
        "Maximum share of all requests that the next weight may add to the failures.",
    ),
    corroboration: doc(
        integer(1, 20).default(2),
        "Minimum number of scrapes that a rollback on evidence needs.",
    ),
    burst: doc(
        duration("0s", "10m").default("15s"),
        "A burst of failures that is no longer than this does not cause a rollback, unless the canary fails at least half of its requests.",
    ),
    warmUp: doc(warmUpSchema.prefault({}), "Warm-up of the canary's pods."),
    minRequests: doc(
        integer(1, 1_000_000).default(50),
        "Minimum number of canary requests in a phase before it can pass.",
    ),
    minDwell: doc(
        time().default("30s"),
        "Minimum time in a phase below 100 %, from when callers have its weight.",
    ),
    maxDwell: doc(
        time().default("5m"),
        "Time in a phase after which it passes without strong evidence if nothing looks wrong. Does not apply to the last phase below 100 %, nor with `exposureBudget`.",
    ),
    maxTotal: doc(
        time().default("15m"),
        "Total time, from the first weight, after which `onInconclusive` applies in the last phase below 100 %.",
    ),
    deadline: doc(
        time().default("1h"),
        "Time in a phase after which `onDeadline` applies. Must be longer than `minDwell` and `bake`.",
    ),
    onDeadline: doc(
        oneOf(["hold", "promote", "rollback"]).default("hold"),
        "What to do with a canary that is no worse than the stable if a phase has not passed at `deadline`. With `hold`, the driver asks for a decision and continues to watch.",
    ),
    bake: doc(
        duration("0s", "168h").default("10m"),
        "Time at the last weight before the promotion (100 less `holdback`). The old pods keep running.",
    ),
    holdback: doc(
        integer(0, 50).default(5),
        "Percentage of requests that the stable keeps during the bake, so that both versions can still be compared. 0: bake at 100 %.",
    ),
    probe: doc(
        boolean().default(true),
        "Whether to start at a lower weight than the ladder's first if traffic is high enough to judge the canary there.",
    ),
    onInconclusive: doc(
        oneOf(["hold", "rollback", "promote"]).default("hold"),
        "What to do if `maxTotal` passes without evidence either way. With `hold`, it waits until `deadline`.",
    ),
    onBlind: doc(
        ending().default("rollback"),
        "What to do if Prometheus returns no usable data for `blindLimit`. With `hold`, it waits until there is data.",
    ),
    blindLimit: doc(
        time().default("5m"),
        "Time without usable data after which `onBlind` applies.",
    ),
    onInterrupt: doc(ending().default("hold"), "What the driver does on a second Ctrl-C."),
    exposureBudget: doc(
        integer(1, 1_000_000_000).optional(),
        "Number of failed canary requests, beyond the stable's share, at which the driver rolls back.",
    ),
    proxies: doc(proxiesSchema.prefault({}), "Counters that the driver reads between scrapes."),
    latency: doc(latencySchema.prefault({}), "Latency test."),
    clientErrors: doc(clientErrorsSchema.prefault({}), "Client error test."),
    responseSize: doc(responseSizeSchema.prefault({}), "Mean size of successful responses."),
    objective: doc(objectiveSchema.prefault({}), "Service level objective."),
    exclude: doc(
        listOf(
            "label matchers",
            z
                .string({ error: "a label matcher" })
                .refine(isMatcher, 'a label matcher, such as source_workload="tester"'),
        ).default([]),
        'PromQL label matchers. Requests that match any of them are not counted. Example: `source_workload="load-generator"`.',
    ),
    metrics: doc(metricsSchema, "Custom metrics, read for each version."),
});

export type Analysis = z.output<typeof analysisSchema>;

/** Relations between keys of the analysis. */
export function analysisRelations(analysis: Analysis | undefined): Problem[] {
    if (analysis === undefined) return [];
    return [...phaseTimeRelations(analysis), ...analysis.metrics.flatMap(metricRelations)];
}

function phaseTimeRelations(analysis: Analysis): Problem[] {
    type Time = "minDwell" | "maxDwell" | "maxTotal" | "bake" | "deadline";
    const of = (key: Time) => parseDuration(analysis[key]) ?? 0;
    const problems: Problem[] = [];
    for (const [short, long] of [
        ["minDwell", "maxDwell"],
        ["maxDwell", "maxTotal"],
    ] as const) {
        if (of(long) >= of(short)) continue;
        const expected = `a duration of at least \`${short}\` (${analysis[short]})`;
        problems.push(wrongValue(["analysis", long], expected, analysis[long]));
    }
    // Each phase must be able to end before the deadline.
    for (const key of ["minDwell", "bake"] as const) {
        if (of(key) < of("deadline")) continue;
        const expected = `a duration shorter than \`deadline\` (${analysis.deadline})`;
        const fix = `Decrease \`analysis.${key}\` or increase \`analysis.deadline\``;
        problems.push(wrongValue(["analysis", key], expected, analysis[key], fix));
    }
    return problems;
}
