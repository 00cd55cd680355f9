/** Converts paths and targets of the config to match conditions of an Istio route. */
import type { HttpMatch, StringMatch } from "../../config/routing/requestMatch";
import type { TargetConfig } from "../../config/topics/targets";

/**
 * Matches a path and everything below it, also with upper-case letters, doubled or encoded slashes, or parameters after ";".
 * Envoy resolves ".." and decodes letters before it matches.
 */
export function pathMatch(path: string): HttpMatch {
    return { uri: { regex: `(?i)${stepsRegex(path)}${BELOW}` } };
}

/** Matches what may follow a path: nothing, or whatever is below it. */
export const BELOW = "((/|%2f|;).*)?";

/** Matches a path, or a part of one, with doubled or encoded slashes. */
export function stepsRegex(path: string): string {
    return path.split("/").map(escapeRegex).join("(/|%2f)+");
}

/** The conditions of one target, all of which must hold. */
export function targetMatch(target: TargetConfig): HttpMatch {
    const { headers = {}, cookies = {}, queryParams, claims = {}, sourceLabels } = target;
    const all: Record<string, StringMatch> = {};
    for (const [name, match] of Object.entries(headers)) all[name.toLowerCase()] = match;
    if (Object.keys(cookies).length > 0) all.cookie = { regex: cookiesRegex(cookies) };
    for (const [name, match] of Object.entries(claims)) {
        all[`@request.auth.claims${name.startsWith("[") ? name : `[${name}]`}`] = match;
    }
    return {
        ...(Object.keys(all).length > 0 && { headers: all }),
        ...(hasKeys(queryParams) && { queryParams }),
        ...(hasKeys(sourceLabels) && { sourceLabels }),
    };
}

/**
 * Matches a whole `Cookie` header that contains all of the given cookies, in any order and among others. The pattern lists every
 * order, because a route has only one condition per header and RE2 has no look-ahead.
 */
export function cookiesRegex(cookies: NonNullable<TargetConfig["cookies"]>): string {
    const pairs = Object.entries(cookies).map(([name, { exact, prefix }]) =>
        exact === undefined
            ? `${escapeRegex(name)}=${escapeRegex(prefix ?? "")}[^;]*`
            : `${escapeRegex(name)}=${escapeRegex(exact)}`,
    );
    const orders = permutations(pairs).map((order) => order.join(String.raw`\s*(;.*)?;\s*`));
    return amongCookies(orders.length === 1 ? (orders[0] ?? "") : `(${orders.join("|")})`);
}

/** Matches a whole `Cookie` header in which one cookie matches the pattern. */
export function amongCookies(pattern: string): string {
    return String.raw`(.*;\s*)?${pattern}\s*(;.*)?`;
}

function permutations<T>(items: readonly T[]): T[][] {
    if (items.length <= 1) return [[...items]];
    return items.flatMap((first, index) =>
        permutations(items.filter((_, place) => place !== index)).map((rest) => [first, ...rest]),
    );
}

/** Escapes a string for use in a regular expression. */
export function escapeRegex(text: string): string {
    return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function hasKeys(object: object | undefined): boolean {
    return object !== undefined && Object.keys(object).length > 0;
}
