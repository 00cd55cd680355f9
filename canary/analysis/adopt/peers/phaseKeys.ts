/** Steps and pauses of other tools as the ladder and the times of its phases. */
import { parseDuration } from "../../../../rollout/config/duration";
import { analysisSchema } from "../../config/analysis";
import type { Plain } from "../translate";

/** Weights that rise to 100, each once. */
export function ladderOf(weights: readonly number[]): number[] {
    const usable = weights.filter((one) => Number.isInteger(one) && one > 0 && one < 100);
    return [...new Set([...usable, 100])].sort((a, b) => a - b);
}

const SECOND = 1_000;
/** Times that must not be shorter than `minDwell`. */
const LONGER = ["maxDwell", "maxTotal"] as const;

/** The least time of each phase, with the other times that it needs. Undefined if it is no duration. */
export function dwellKeys(time: unknown): Plain | undefined {
    const least = parseTime(time);
    if (least === undefined || least < SECOND) return undefined;
    const defaults = analysisSchema.parse({});
    const usual = (key: (typeof LONGER)[number] | "deadline") => parseTime(defaults[key]) ?? 0;
    const text = (milliseconds: number) => `${Math.ceil(milliseconds / SECOND)}s`;
    const longer = LONGER.filter((key) => least > usual(key));
    return {
        "analysis.minDwell": text(least),
        ...Object.fromEntries(longer.map((key) => [`analysis.${key}`, text(least)])),
        ...(least >= usual("deadline") && { "analysis.deadline": text(2 * least) }),
    };
}

/** Milliseconds of a duration; a number is of seconds. */
export function parseTime(time: unknown): number | undefined {
    const text = typeof time === "number" || /^\d+$/.test(String(time)) ? `${time}s` : time;
    return typeof text === "string" ? parseDuration(text) : undefined;
}
