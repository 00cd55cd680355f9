/** The driver's config: keys of the stack under `canary:`, which the program itself never reads. */
import { z } from "zod";
import { parseDuration } from "../../../rollout/config/duration";
import { type Problem, problemsOf, unknownKey, wrong } from "../../../rollout/config/problems";
import { analysisSchema } from "./analysis";
import { gatesSchema, notificationsSchema, prometheusSchema } from "./driverEffects";

export const DRIVER_NAMESPACE = "canary";

const shape = {
    prometheus: prometheusSchema.prefault({}),
    analysis: analysisSchema.prefault({}),
    gates: gatesSchema,
    notifications: notificationsSchema,
};
const schema = z.strictObject(shape);

export type DriverInput = z.input<typeof schema>;
export type DriverConfig = z.output<typeof schema>;
export const DRIVER_KEYS = Object.keys(shape) as (keyof typeof shape)[];

export type DriverConfigResult =
    | { readonly ok: true; readonly config: DriverConfig }
    | { readonly ok: false; readonly problems: readonly Problem[] };

/** Checks a driver's config and fills in its defaults; reports every problem of it. */
export function checkDriverConfig(input: Readonly<Record<string, unknown>>): DriverConfigResult {
    const problems: Problem[] = [];
    const config: Record<string, unknown> = {};
    for (const key of DRIVER_KEYS) {
        const result = shape[key].safeParse(input[key]);
        if (result.success) config[key] = result.data;
        else {
            const issues = result.error.issues.map((issue) => ({
                ...issue,
                path: [key, ...issue.path],
            }));
            problems.push(...problemsOf(issues, input));
        }
    }
    for (const key of Object.keys(input)) {
        if (!(key in shape)) problems.push({ path: [key], reason: unknownKey(key, DRIVER_KEYS) });
    }
    problems.push(...relations(config));
    return problems.length === 0
        ? { ok: true, config: config as DriverConfig }
        : { ok: false, problems };
}

function relations({ analysis, prometheus }: Partial<DriverConfig>): Problem[] {
    const problems: Problem[] = [];
    if (analysis !== undefined) {
        const times = ["minDwell", "maxDwell", "maxTotal", "deadline"] as const;
        for (const [index, key] of times.entries()) {
            const before = times[index - 1];
            if (before === undefined) continue;
            if ((parseDuration(analysis[key]) ?? 0) < (parseDuration(analysis[before]) ?? 0)) {
                if (key === "deadline") continue;
                const must = `must not be shorter than ${before} (${analysis[before]})`;
                problems.push({ path: ["analysis", key], reason: wrong(must, analysis[key]) });
            }
        }
        for (const [index, metric] of analysis.metrics.entries()) {
            const path = ["analysis", "metrics", index];
            if (metric.kind === "counter" && metric.of === undefined) {
                const reason = "is missing; must be the query that a counter is a share of";
                problems.push({ path: [...path, "of"], reason });
            }
            if (
                metric.kind === "gauge" &&
                metric.ratio === undefined &&
                metric.limit === undefined
            ) {
                const reason = "is missing; must be there for a gauge, or limit must";
                problems.push({ path: [...path, "ratio"], reason });
            }
        }
    }
    if (prometheus !== undefined) {
        if ((prometheus.username === undefined) !== (prometheus.password === undefined)) {
            const missing = prometheus.username === undefined ? "username" : "password";
            const reason = "is missing; must be there, because the other of the two is";
            problems.push({ path: ["prometheus", missing], reason });
        }
        const ways = ["bearerToken", "bearerTokenFile", "username"] as const;
        const given = ways.filter((key) => prometheus[key] !== undefined);
        if (given.length > 1) {
            const reason = `must be left out while ${given[0]} is there: one way to authenticate`;
            problems.push({ path: ["prometheus", given[1] ?? ""], reason });
        }
        if ((prometheus.certFile === undefined) !== (prometheus.keyFile === undefined)) {
            const missing = prometheus.certFile === undefined ? "certFile" : "keyFile";
            const reason = "is missing; must be there, because the other of the two is";
            problems.push({ path: ["prometheus", missing], reason });
        }
    }
    return problems;
}
