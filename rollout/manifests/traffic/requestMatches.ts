/** Config's paths and targets as the match conditions of an Istio route. */
import type { Leaf } from "../../config/deferred";
import type { TargetConfig } from "../../config/topics/targets";

/** One way to compare a text, as Istio writes it. */
export interface StringMatch {
    readonly exact?: string | undefined;
    readonly prefix?: string | undefined;
    readonly regex?: Leaf<string> | undefined;
}

/** What a request must be like; all of it. */
export interface HttpMatch {
    readonly uri?: StringMatch;
    readonly method?: StringMatch;
    readonly headers?: Record<string, StringMatch>;
    readonly queryParams?: Record<string, StringMatch>;
    readonly sourceLabels?: Record<string, string>;
}

/**
 * A path and all below it, however a request writes it: in capitals, with doubled or encoded slashes, with
 * parameters after ";". Envoy has resolved "..", and decoded letters, before.
 */
export function pathMatch(path: string): HttpMatch {
    const steps = path.split("/").map(escaped);
    return { uri: { regex: `(?i)${steps.join("(/|%2f)+")}((/|%2f|;).*)?` } };
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
        ...(isFilled(queryParams) && { queryParams }),
        ...(isFilled(sourceLabels) && { sourceLabels }),
    };
}

/**
 * A `Cookie` header that holds all of some cookies, among others and in any order; the whole header must match.
 * There is one condition per header and RE2 has no look-ahead, so that each order is written out.
 */
export function cookiesRegex(cookies: NonNullable<TargetConfig["cookies"]>): string {
    const pairs = Object.entries(cookies).map(([name, { exact, prefix }]) =>
        exact === undefined
            ? `${escaped(name)}=${escaped(prefix ?? "")}[^;]*`
            : `${escaped(name)}=${escaped(exact)}`,
    );
    const orders = permutations(pairs).map((order) => order.join(String.raw`\s*(;.*)?;\s*`));
    return amongCookies(orders.length === 1 ? (orders[0] ?? "") : `(${orders.join("|")})`);
}

/** A `Cookie` header that holds, among others, what a pattern stands for. */
export function amongCookies(pattern: string): string {
    return String.raw`(.*;\s*)?${pattern}\s*(;.*)?`;
}

function permutations<T>(items: readonly T[]): T[][] {
    if (items.length <= 1) return [[...items]];
    return items.flatMap((first, index) =>
        permutations(items.filter((_, place) => place !== index)).map((rest) => [first, ...rest]),
    );
}

/** A text that stands for itself in a regular expression. */
export function escaped(text: string): string {
    return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function isFilled(object: object | undefined): boolean {
    return object !== undefined && Object.keys(object).length > 0;
}
