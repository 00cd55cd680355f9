/** Rule levels and options, as read by `pulumi preview --policy-pack-config` and `istio-canary check --config`. */
import { z } from "zod";
import { mapping, oneOf } from "../config/fields";
import { type Problem, problemsOf } from "../config/problems";
import type { OptionSchema, Options, Rule } from "./rule";

export const LEVELS = ["advisory", "mandatory", "disabled"] as const;
export type Level = (typeof LEVELS)[number];

export interface RuleSettings {
    readonly level?: Level | undefined;
    readonly options: Options;
}

export interface Settings {
    /** Level of each rule for which `byRule` sets none. */
    readonly all?: Level | undefined;
    /** Keyed by rule id. */
    readonly byRule: Readonly<Record<string, RuleSettings>>;
}

export const NO_SETTINGS: Settings = { byRule: {} };

export type SettingsResult =
    | { readonly ok: true; readonly settings: Settings }
    | { readonly ok: false; readonly problems: readonly Problem[] };

/** Parses the content of a settings file. Reports all problems together. */
export function parseSettings(input: unknown, rules: readonly Rule[]): SettingsResult {
    const keys = rules.map((rule) => [rule.id, ruleSchema(rule).optional()] as const);
    const schema = mapping({ all: level().optional(), ...Object.fromEntries(keys) });
    const result = schema.safeParse(input);
    if (!result.success) {
        return { ok: false, problems: problemsOf(result.error.issues, input) };
    }
    const { all, ...each } = result.data as { all?: Level } & Record<string, unknown>;
    const byRule = Object.entries(each).map(([id, found]) => [id, settingsOf(found)]);
    return { ok: true, settings: { all, byRule: Object.fromEntries(byRule) } };
}

function settingsOf(found: unknown): RuleSettings {
    const { enforcementLevel, ...options } = found as { enforcementLevel?: Level };
    return { level: enforcementLevel, options };
}

/** A plain level is short for a mapping with only `enforcementLevel`. */
function ruleSchema(rule: Rule) {
    const options = Object.entries(rule.options).map(
        ([name, option]) => [name, optionSchema(option).optional()] as const,
    );
    return z.preprocess(
        (value) => (typeof value === "string" ? { enforcementLevel: value } : value),
        mapping({ enforcementLevel: level().optional(), ...Object.fromEntries(options) }),
    );
}

function level() {
    return oneOf(LEVELS);
}

function optionSchema({ type, items }: OptionSchema): z.ZodType {
    switch (type) {
        case "integer":
            return z.int({ error: "an integer" });
        case "boolean":
            return z.boolean({ error: "true or false" });
        case "string":
            return z.string({ error: "a string" });
        case "array":
            return z.array(items?.type === "integer" ? z.int() : z.string(), {
                error: `a list of ${items?.type === "integer" ? "integers" : "strings"}`,
            });
    }
}
