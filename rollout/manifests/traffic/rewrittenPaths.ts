/** Paths as callers send them and as the app gets them, after a rewrite. */
import { isSame } from "../../config/key";
import type { TextMatch } from "../../config/routing/requestMatch";
import type { RewriteConfig } from "../../config/routing/routeActions";
import { BELOW, escapeRegex, pathMatch, stepsRegex } from "./requestMatches";
import type { Part } from "./routeSections";

/** Without a condition on the path, Envoy rewrites this prefix. */
const EVERY_PATH: TextMatch = { prefix: "/" };

/**
 * The rewrite of a route. Envoy replaces what the route's own match covers. If that is not what the rewrite's match covers, a
 * regular expression stands for the latter.
 */
export function rewriteOf(
    rewrite: RewriteConfig | undefined,
    parts: readonly Part[],
): RewriteConfig | undefined {
    if (rewrite?.uri === undefined) return rewrite;
    if (parts.every(({ match, origin }) => isSame(match.uri, origin.uri))) return rewrite;
    const { uri, ...rest } = rewrite;
    const covered = [...new Set(parts.map(({ origin }) => coveredRegex(origin.uri ?? EVERY_PATH)))];
    const regex = covered.length === 1 ? covered[0] : `(${covered.join("|")})`;
    // A backslash starts a reference to a group.
    const replacement = uri.replace(/\\/g, "\\\\");
    return { ...rest, uriRegexRewrite: { match: `^${regex}`, rewrite: replacement } };
}

function coveredRegex({ exact, prefix }: TextMatch): string {
    if (prefix !== undefined) return escapeRegex(prefix);
    return exact === undefined ? ".*$" : `${escapeRegex(exact)}$`;
}

/** Paths that the app gets: one, or all with a prefix. */
function appPath({ match, origin }: Part, rewrite: RewriteConfig | undefined): TextMatch {
    const own = match.uri ?? EVERY_PATH;
    if (rewrite?.uri === undefined) return own;
    const from = origin.uri ?? EVERY_PATH;
    if (from.prefix === undefined) return { exact: rewrite.uri };
    const replaced = (path: string) => `${rewrite.uri}${path.slice((from.prefix ?? "").length)}`;
    return own.exact === undefined
        ? { prefix: replaced(own.prefix ?? "/") }
        : { exact: replaced(own.exact) };
}

/**
 * The requests of a part whose path in the app is a stable-only path or below it, with any spelling that the app may accept:
 * `all`, none (undefined), or those that the part's match describes.
 */
export function stableRequests(
    part: Part,
    rewrite: RewriteConfig | undefined,
    path: string,
): Part | "all" | undefined {
    if (part.match.uri === undefined && rewrite?.uri === undefined) {
        return { ...part, match: { ...part.match, ...pathMatch(path) } };
    }
    const { exact, prefix = "" } = appPath(part, rewrite);
    const found = exact ?? prefix;
    const folded = found.toLowerCase();
    const stable = path.toLowerCase();
    const isBelow = new RegExp(`^${stepsRegex(stable)}(/|%2f|;)`).test(folded);
    if (exact !== undefined) return isBelow || folded === stable ? "all" : undefined;
    if (isBelow) return "all";
    if (!stable.startsWith(folded)) return undefined;
    const { uri = EVERY_PATH } = part.match;
    const rest = path.slice(found.length);
    const separator = found.endsWith("/") ? "(/|%2f)*" : "";
    const regex = `${escapeRegex(uri.prefix ?? "")}(?i:${separator}${stepsRegex(rest)}${BELOW})`;
    return { ...part, match: { ...part.match, uri: { regex } } };
}
