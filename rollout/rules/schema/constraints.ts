/** Constraints on a value as a whole: conditions in CEL, and unique entries of lists. */
import { isMapping, UNKNOWN } from "../../config/unknown";
import { holds } from "./cel";
import { parseGoDuration } from "./goDuration";
import type { CelRule, Schema } from "./schema";

/** Istio's webhook also rejects durations that are no multiple of 1ms: ValidateDuration. */
export function breaks({ rule }: CelRule, value: unknown): boolean {
    if (!holds(rule, value)) return true;
    if (!rule.startsWith("duration(self) >=") || typeof value !== "string") return false;
    return (parseGoDuration(value) ?? 0) % 1e6 !== 0;
}

/** The values that identify an entry, as JSON. Undefined if the list has no unique entries, or if they are unknown. */
export function identityOf(item: unknown, { listKeys, isSet }: Schema): string | undefined {
    if (isSet) return typeof item === "string" ? JSON.stringify(item) : undefined;
    if (!listKeys || !isMapping(item)) return undefined;
    const values = listKeys.map((key) => item[key]);
    if (values.includes(UNKNOWN) || values.every((one) => one === undefined)) return undefined;
    return JSON.stringify(values.length === 1 ? values[0] : values);
}
