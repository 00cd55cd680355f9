/** The conjunction of two matches, because a route has one condition on each field. */
import { isSame } from "../key";
import { matchesRe2 } from "../re2";
import type { HttpMatch, TextMatch } from "./requestMatch";

/** RE2 has no operator for values that match two patterns. */
export const UNDECIDABLE = Symbol("undecidable");

/** Matches values that both match; undefined if there are none. An absent condition matches every value. */
export function bothTexts(
    one: TextMatch | undefined,
    two: TextMatch | undefined,
): TextMatch | undefined | typeof UNDECIDABLE {
    if (one === undefined || two === undefined || isSame(one, two)) return one ?? two;
    if (one.exact !== undefined) return matchesText(two, one.exact) ? one : undefined;
    if (two.exact !== undefined) return matchesText(one, two.exact) ? two : undefined;
    if (one.prefix === undefined || two.prefix === undefined) return UNDECIDABLE;
    if (one.prefix.startsWith(two.prefix)) return one;
    return two.prefix.startsWith(one.prefix) ? two : undefined;
}

/** Whether a condition matches a value. */
export function matchesText({ exact, prefix, regex }: TextMatch, text: string): boolean {
    if (exact !== undefined) return exact === text;
    if (prefix !== undefined) return text.startsWith(prefix);
    return regex === undefined || matchesRe2(`^(?:${regex})$`, text) === true;
}

/**
 * Matches requests that both match; undefined if there are none. routeRelations.ts rejects matches whose conjunction is not
 * one match: two patterns of a field, or two conditions on a header.
 */
export function matchBoth(one: HttpMatch, two: HttpMatch): HttpMatch | undefined {
    const both: Record<string, unknown> = {};
    for (const field of ["uri", "method"] as const) {
        if (one[field] === undefined && two[field] === undefined) continue;
        const text = bothTexts(one[field], two[field]);
        if (text === undefined || text === UNDECIDABLE) return undefined;
        both[field] = text;
    }
    for (const field of ["headers", "withoutHeaders", "queryParams", "sourceLabels"] as const) {
        if (one[field] === undefined && two[field] === undefined) continue;
        both[field] = { ...one[field], ...two[field] };
    }
    return both;
}
