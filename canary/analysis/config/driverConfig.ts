/** The driver's config: the stack's keys under `canary:`. The program does not read them. */
import { z } from "zod";
import { doc } from "../../../rollout/config/fields";
import { masked, type Problem, problemsOf } from "../../../rollout/config/problems";
import { analysisRelations, analysisSchema } from "./analysis";
import { isSecretPath } from "./credentials/credentialConfig";
import { gatesSchema } from "./gateConfig";
import { linksSchema, notificationsSchema } from "./notificationConfig";
import { prometheusRelations, prometheusSchema } from "./prometheusConfig";
import { providerRelations, providersSchema } from "./providerConfig";

export const DRIVER_NAMESPACE = "canary";

export const DRIVER_KEYS = {
    prometheus: doc(prometheusSchema.prefault({}), "Prometheus server that the driver queries."),
    analysis: doc(
        analysisSchema.prefault({}),
        "How the driver judges the canary and how long it waits.",
    ),
    providers: doc(
        providersSchema.prefault({}),
        "Servers of custom metrics other than Prometheus, and their credentials.",
    ),
    gates: doc(gatesSchema, "Checks that a phase must pass besides the analysis."),
    links: doc(
        linksSchema,
        "Pages to link to in the report, such as a dashboard. The driver adds the commit, the pull request and the run of GitHub Actions and GitLab CI.",
    ),
    notifications: doc(notificationsSchema, "Receivers of rollout events."),
};
const schema = z.strictObject(DRIVER_KEYS);

export type DriverInput = z.input<typeof schema>;
export type DriverConfig = z.output<typeof schema>;

export type DriverConfigResult =
    | { readonly ok: true; readonly config: DriverConfig }
    | { readonly ok: false; readonly problems: readonly Problem[] };

/** Validates a driver's config and fills in defaults. Reports every problem at once. */
export function checkDriverConfig(input: Readonly<Record<string, unknown>>): DriverConfigResult {
    const problems: Problem[] = [];
    const config: Record<string, unknown> = {};
    for (const [key, keySchema] of Object.entries(DRIVER_KEYS)) {
        const result = keySchema.safeParse(input[key]);
        if (result.success) config[key] = result.data;
        else {
            const found = problemsOf(result.error.issues, input[key]);
            problems.push(...found.map((one) => ({ ...one, path: [key, ...one.path] })));
        }
    }
    const allowed = Object.keys(DRIVER_KEYS);
    for (const key of Object.keys(input)) {
        if (!(key in DRIVER_KEYS)) problems.push({ code: "unknown-key", path: [key], allowed });
    }
    const { analysis, prometheus, providers } = config as Partial<DriverConfig>;
    problems.push(
        ...analysisRelations(analysis),
        ...prometheusRelations(prometheus),
        ...providerRelations(providers, analysis),
    );
    if (problems.length === 0) return { ok: true, config: config as DriverConfig };
    const shown = problems.map((one) => (isSecretPath(one.path) ? masked(one) : one));
    return { ok: false, problems: shown };
}
