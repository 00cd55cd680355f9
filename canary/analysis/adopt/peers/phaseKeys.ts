/** Steps and pauses of other tools as the ladder and the times of its phases. */
import { parseDuration } from "../../../../rollout/config/duration";
import type { Plain } from "../translate";

/** Weights that rise to 100, each once. */
export function ladderOf(weights: readonly number[]): number[] {
    const usable = weights.filter((one) => Number.isInteger(one) && one > 0 && one < 100);
    return [...new Set([...usable, 100])].sort((a, b) => a - b);
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Defaults of the driver that must not be shorter than `minDwell`. */
const LONGER = [
    ["analysis.maxDwell", 5 * MINUTE],
    ["analysis.maxTotal", 15 * MINUTE],
] as const;
const DEADLINE = 60 * MINUTE;

/** The least time of each phase, with the other times that it needs. Undefined if it is no duration. */
export function dwellKeys(time: unknown): Plain | undefined {
    const least = parseTime(time);
    if (least === undefined || least < SECOND) return undefined;
    const text = (milliseconds: number) => `${Math.ceil(milliseconds / SECOND)}s`;
    return {
        "analysis.minDwell": text(least),
        ...Object.fromEntries(
            LONGER.flatMap(([key, usual]) => (least > usual ? [[key, text(least)]] : [])),
        ),
        ...(least >= DEADLINE && { "analysis.deadline": text(2 * least) }),
    };
}

/** Milliseconds of a duration; a number is of seconds. */
export function parseTime(time: unknown): number | undefined {
    const text = typeof time === "number" || /^\d+$/.test(String(time)) ? `${time}s` : time;
    return typeof text === "string" ? parseDuration(text) : undefined;
}
