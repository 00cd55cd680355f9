/** The driver's config: keys of the stack under `canary:`, which the program itself never reads. */
import { z } from "zod";
import { doc } from "../../../rollout/config/fields";
import { type Problem, problemsOf } from "../../../rollout/config/problems";
import { analysisRelations, analysisSchema } from "./analysis";
import { gatesSchema } from "./gateConfig";
import { notificationsSchema } from "./notificationConfig";
import { prometheusRelations, prometheusSchema } from "./prometheusConfig";

export const DRIVER_NAMESPACE = "canary";

export const DRIVER_KEYS = {
    prometheus: doc(prometheusSchema.prefault({}), "Where the driver reads metrics."),
    analysis: doc(analysisSchema.prefault({}), "How it judges the canary, and how long it waits."),
    gates: doc(gatesSchema, "What a phase needs besides the analysis."),
    notifications: doc(notificationsSchema, "Who is told about a rollout."),
};
const schema = z.strictObject(DRIVER_KEYS);

export type DriverInput = z.input<typeof schema>;
export type DriverConfig = z.output<typeof schema>;

export type DriverConfigResult =
    | { readonly ok: true; readonly config: DriverConfig }
    | { readonly ok: false; readonly problems: readonly Problem[] };

/** Checks a driver's config and fills in its defaults; reports every problem of it. */
export function checkDriverConfig(input: Readonly<Record<string, unknown>>): DriverConfigResult {
    const problems: Problem[] = [];
    const config: Record<string, unknown> = {};
    for (const [key, one] of Object.entries(DRIVER_KEYS)) {
        const result = one.safeParse(input[key]);
        if (result.success) config[key] = result.data;
        else {
            const within = problemsOf(result.error.issues, input[key]);
            problems.push(...within.map((found) => ({ ...found, path: [key, ...found.path] })));
        }
    }
    const allowed = Object.keys(DRIVER_KEYS);
    for (const key of Object.keys(input)) {
        if (!(key in DRIVER_KEYS)) problems.push({ code: "unknown-key", path: [key], allowed });
    }
    const { analysis, prometheus } = config as Partial<DriverConfig>;
    problems.push(...analysisRelations(analysis), ...prometheusRelations(prometheus));
    return problems.length === 0
        ? { ok: true, config: config as DriverConfig }
        : { ok: false, problems };
}
