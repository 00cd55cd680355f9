/** How the driver judges a canary: error rates of the tests, margins, times, and what it does when nothing can be said. */
import { z } from "zod";
import {
    boolean,
    duration,
    integer,
    mapping,
    number,
    oneOf,
    text,
} from "../../../rollout/config/fields";
import { isMatcher } from "./matcher";

const MATCHER = 'must be a label matcher, such as source_workload="tester"';

const share = (min: number, max: number) => number(min, max);
const time = () => duration("1s", "168h");
const ending = () => oneOf(["hold", "rollback"]);

const latencySchema = mapping({
    enabled: boolean().default(true),
    /** Bound of P(rollback) of a canary that is not slower than allowed. */
    falseRollback: share(1e-6, 0.2).default(0.005),
    /** Times the stable's share of requests above a bound that the canary may have. */
    ratio: number(1, 10).default(1.3),
    /** And so much of all its requests above that. */
    margin: share(0, 0.2).default(0.002),
});

const objectiveSchema = mapping({
    /** Share of failed requests that is never to be exceeded, by nobody. */
    errorShare: share(0.00001, 0.5).optional(),
});

/** A metric of the user's own: an instant query for each version. */
const metricSchema = mapping({
    name: z
        .string({ error: "must be a name: letters, digits, - and _" })
        .regex(/^[A-Za-z][\w-]{0,62}$/, "must be a name: letters, digits, - and _"),
    /** `{{version}}`, `{{app}}` and `{{namespace}}` stand for the slot, the app and its namespace. */
    query: text("must be PromQL"),
    /** What its value divides by to be a share, as failed orders by orders. Only for kind counter. */
    of: text("must be PromQL").optional(),
    /** counter: a count that only grows, tested by the same sequential test; gauge: compared with limits. */
    kind: oneOf(["counter", "gauge"]).default("gauge"),
    better: oneOf(["lower", "higher"]).default("lower"),
    /** For a gauge: the canary's value must not be worse than the stable's times this. */
    ratio: number(0, 1_000).optional(),
    /** For a gauge: the canary's value must not be worse than this. */
    limit: number(-1e15, 1e15).optional(),
    /** For a gauge: looks in a row that it is worse before the verdict is fail. */
    looks: integer(1, 1_000).default(3),
    /** For a counter: of the share. */
    margin: share(0, 0.5).default(0.001),
    falseRollback: share(1e-6, 0.2).default(0.005),
});

export const analysisSchema = mapping({
    /** Between two looks; no more often than Prometheus scrapes. */
    interval: duration("1s", "10m").default("5s"),
    /** Bound of P(rollback) of a canary that fails no more than the stable: α. */
    falseRollback: share(1e-6, 0.2).default(0.005),
    /** Bound of P(advance on evidence) of a canary that costs more than `blast`: β. */
    falseAdvance: share(1e-4, 0.5).default(0.05),
    /** Failed requests, as a share of the canary's, that are not worth a rollback: δ. */
    margin: share(0, 0.2).default(0.001),
    /** Failed requests, as a share of all, that a step may at most add: b. */
    blast: share(0.0001, 0.2).default(0.005),
    /** Scrapes that must agree before a rollback: m. */
    corroboration: integer(1, 20).default(2),
    /** Scrapes after a version's first request that are left out. */
    warmUp: integer(0, 20).default(1),
    /** Canary requests below which no phase passes. */
    minRequests: integer(1, 1_000_000).default(50),
    minDwell: time().default("30s"),
    maxDwell: time().default("5m"),
    maxTotal: time().default("15m"),
    /** Whatever happens, no phase lasts longer: then rollback. */
    deadline: time().default("1h"),
    /** At 100 %, with the old pods still there. */
    bake: duration("0s", "168h").default("10m"),
    /** Start at a weight that gets about `minRequests` per look, where that is below the ladder's first. */
    probe: boolean().default(true),
    /** At `maxTotal` without evidence either way. */
    onInconclusive: oneOf(["hold", "rollback", "promote"]).default("hold"),
    /** Without any answer from Prometheus for `blindLimit`. */
    onBlind: ending().default("rollback"),
    blindLimit: time().default("5m"),
    /** A second Ctrl-C. */
    onInterrupt: ending().default("hold"),
    /** Failed canary requests that the rollout may cost at most; without it none is counted against it. */
    exposureBudget: integer(1, 1_000_000_000).optional(),
    latency: latencySchema.prefault({}),
    objective: objectiveSchema.prefault({}),
    /** Label matchers of requests that are left out, such as a load generator's: `source_workload="tester"`. */
    exclude: z
        .array(z.string({ error: MATCHER }).refine(isMatcher, MATCHER), {
            error: "must be a list of label matchers",
        })
        .default([]),
    metrics: z.array(metricSchema, { error: "must be a list of metrics" }).default([]),
});

export type Analysis = z.output<typeof analysisSchema>;
export type CustomMetric = Analysis["metrics"][number];
