/** Levels and options of rules that somebody set. */
import type { Options } from "./rule";

export const LEVELS = ["advisory", "mandatory", "disabled"] as const;
export type Level = (typeof LEVELS)[number];

export interface RuleSettings {
    readonly level?: Level | undefined;
    readonly options: Options;
}

export interface Settings {
    /** Level of every rule that has none of its own here. */
    readonly all?: Level | undefined;
    /** By the rule's id. */
    readonly byRule: Readonly<Record<string, RuleSettings>>;
}

export const NO_SETTINGS: Settings = { byRule: {} };
