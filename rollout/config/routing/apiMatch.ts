/** Config: what an HTTPRoute of the Gateway API can say of `match`. */
import { type Problem, wrongValue } from "../problems";
import type { HttpMatch, TextMatch } from "./requestMatch";

export const ROUTING = "with routing gateway-api";

/** Names of headers and query parameters that the API server accepts in an HTTPRoute. */
const NAME = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,256}$/;
const METHODS = "GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH";
/** What the API server accepts in a path that is not a regular expression. */
const PATH = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/;
const NOT_IN_PATH = /\/\/|\/\.{1,2}(\/|$)|%2f/i;

/** The most that the API server accepts. */
const MOST = { conditions: 16, ofRule: 64, ofRoute: 128 } as const;

interface MatchValues {
    readonly match: readonly HttpMatch[];
    readonly stableOnlyPaths: readonly string[];
    readonly targets: readonly object[];
}

/** Reports conditions and numbers of matches that an HTTPRoute does not have. */
export function apiMatchProblems(config: Partial<MatchValues>): Problem[] {
    const { match = [] } = config;
    return [...match.flatMap((one, index) => entryProblems(index, one)), ...countProblems(config)];
}

/** Names of query parameters that an HTTPRoute does not allow. */
export function parameterProblems(path: PropertyKey[], named: object | undefined): Problem[] {
    return Object.keys(named ?? {}).flatMap((name) => {
        if (NAME.test(name)) return [];
        const expected = `no value ${ROUTING}, because an HTTPRoute allows letters, digits and !#$%&'*+-.^_\`|~ in this name`;
        const fix = "Remove it, or set `routing` to istio";
        return [wrongValue([...path, name], expected, name, fix)];
    });
}

function entryProblems(index: number, match: HttpMatch): Problem[] {
    const { uri, method, headers, withoutHeaders, queryParams } = match;
    const at = ["match", index];
    const problems: Problem[] = [];
    if (uri !== undefined) problems.push(...pathProblems([...at, "uri"], uri));
    if (method !== undefined && !METHODS.split(", ").includes(method.exact ?? "")) {
        const expected = `exact ${ROUTING}, one of ${METHODS}`;
        const fix = "Write an entry of `match` for each method";
        problems.push(wrongValue([...at, "method"], expected, method, fix));
    }
    if (withoutHeaders !== undefined) {
        const expected = `no value ${ROUTING}, because an HTTPRoute has no such condition`;
        const fix =
            "Let the route of the other requests match the header: the route with more conditions gets them";
        problems.push(wrongValue([...at, "withoutHeaders"], expected, withoutHeaders, fix));
    }
    for (const [field, named] of Object.entries({ headers, queryParams })) {
        if (Object.keys(named ?? {}).length <= MOST.conditions) continue;
        const expected = `at most ${MOST.conditions} conditions ${ROUTING}`;
        problems.push(wrongValue([...at, field], expected, Object.keys(named ?? {}).length));
    }
    return [...problems, ...parameterProblems([...at, "queryParams"], queryParams)];
}

/**
 * PathPrefix matches whole segments: `/orders` matches `/orders/42`, but not `/ordersbook`, which begins with it. With "/" at its
 * end, a prefix means the same in both APIs, except that PathPrefix matches `/orders` too.
 */
function pathProblems(path: PropertyKey[], { exact, prefix }: TextMatch): Problem[] {
    if (prefix !== undefined && !prefix.endsWith("/")) {
        const expected = `a prefix that ends in "/" ${ROUTING}, because PathPrefix matches whole segments only`;
        const fix = `Use ${JSON.stringify(`${prefix}/`)}, or \`regex\` for every path that begins with it`;
        return [wrongValue([...path, "prefix"], expected, prefix, fix)];
    }
    const [way, text] = exact === undefined ? ["prefix", prefix] : ["exact", exact];
    if (text === undefined || (PATH.test(text) && !NOT_IN_PATH.test(text))) return [];
    const expected = `a path without //, /./, /../, %2F and characters that a URL escapes ${ROUTING}`;
    return [wrongValue([...path, way], expected, text, "Escape them, or use a regex")];
}

/** A rule for the stable-only paths of each entry, one for its targets, and one for the rest. */
function countProblems(config: Partial<MatchValues>): Problem[] {
    const { match = [], stableOnlyPaths = [], targets = [] } = config;
    const pinned = match.reduce(
        (sum, { uri }) => sum + stableOnlyPaths.filter((path) => mayHave(uri, path)).length,
        0,
    );
    const targeted = match.length * targets.length;
    const all = pinned + targeted + match.length;
    if (Math.max(pinned, targeted) <= MOST.ofRule && all <= MOST.ofRoute) return [];
    const expected = `fewer entries ${ROUTING}, because an HTTPRoute has at most ${MOST.ofRoute} matches, ${MOST.ofRule} in a rule, and these need ${all}, with those for \`targets\` and \`stableOnlyPaths\``;
    return [wrongValue(["match"], expected, match)];
}

/** Whether a part of the requests of an entry may be for a path. */
function mayHave(uri: TextMatch | undefined, path: string): boolean {
    if (uri === undefined) return true;
    return path.toLowerCase().startsWith((uri.prefix ?? uri.exact ?? "").toLowerCase());
}
