/** Rule levels and options, as read by `pulumi preview --policy-pack-config` and `istio-canary check --config`. */
import { z } from "zod";
import { boolean, mapping, oneOf } from "../config/fields";
import { type Problem, problemsOf } from "../config/problems";
import { type OptionSchema, type Options, PRESETS, type Preset, type Rule } from "./rule";

export const LEVELS = ["advisory", "mandatory", "disabled"] as const;
export type Level = (typeof LEVELS)[number];

export interface RuleSettings {
    readonly level?: Level | undefined;
    readonly options: Options;
}

/** Key of the settings that are not those of one rule. Also the name of the pack's policy that runs the rules. */
export const PACK = "istio-canary";

export interface Settings {
    /** Rules that run. Default: see `checkManifests`. */
    readonly preset?: Preset | undefined;
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
    const schema = mapping({
        all: level().optional(),
        [PACK]: mapping({ preset: oneOf(PRESETS).optional() }).optional(),
        ...Object.fromEntries(keys),
    });
    const result = schema.safeParse(input);
    if (!result.success) {
        return { ok: false, problems: problemsOf(result.error.issues, input) };
    }
    const { all, [PACK]: pack, ...each } = result.data as ParsedFile;
    const byRule = Object.entries(each).map(([id, found]) => [id, settingsOf(found)]);
    const settings = { all, preset: pack?.preset, byRule: Object.fromEntries(byRule) };
    return { ok: true, settings };
}

interface ParsedFile {
    readonly all?: Level;
    readonly [PACK]?: { readonly preset?: Preset };
    readonly [rule: string]: unknown;
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

function optionSchema(schema: OptionSchema): z.ZodType {
    const { type, items } = schema;
    switch (type) {
        case "integer":
            return integer(schema);
        case "boolean":
            return boolean();
        case "string":
            return string(schema);
        case "array":
            return items?.type === "integer"
                ? integers(schema, items)
                : z.array(z.string(), { error: "a list of strings" });
    }
}

interface Range {
    readonly minimum?: number;
    readonly maximum?: number;
}

function integer({ minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER }: Range) {
    const error = `an integer${rangeText({ minimum, maximum })}`;
    return z.int({ error }).min(minimum, error).max(maximum, error);
}

function rangeText({
    minimum = Number.MIN_SAFE_INTEGER,
    maximum = Number.MAX_SAFE_INTEGER,
}: Range) {
    const hasMinimum = minimum > Number.MIN_SAFE_INTEGER;
    const hasMaximum = maximum < Number.MAX_SAFE_INTEGER;
    if (hasMinimum && hasMaximum) return ` from ${minimum} to ${maximum}`;
    if (hasMinimum) return ` of at least ${minimum}`;
    return hasMaximum ? ` of at most ${maximum}` : "";
}

function integers({ rising }: OptionSchema, items: Range) {
    const error = `a list of integers${rangeText(items)}`;
    const list = z.array(integer(items), { error });
    if (rising === undefined) return list;
    const isRising = (values: number[]) =>
        values.every((value, index) => index === 0 || value > (values[index - 1] ?? value));
    return list.refine(
        (values) => values.length > 0 && isRising(values),
        `${error}, each larger than the one before`,
    );
}

function string({ pattern, examples = [] }: OptionSchema) {
    if (pattern === undefined) return z.string({ error: "a string" });
    const error = `a string such as ${examples.map((one) => `"${one}"`).join(" or ")}`;
    return z.string({ error }).regex(new RegExp(pattern), error);
}
