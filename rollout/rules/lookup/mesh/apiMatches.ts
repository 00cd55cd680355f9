/** Matches of HTTPRoutes: the requests that two of them have in common, and which one Istio uses for them. */

import { matchesRe2 } from "../../../config/re2";
import { at, items, textAt } from "../../../config/unknown";

const PATH_TYPES = ["RegularExpression", "PathPrefix", "Exact"];
const EVERY_PATH = ["PathPrefix /", "RegularExpression /.*", "RegularExpression .*"];

interface Path {
    readonly type: string;
    readonly value: string;
}

/** Istio ignores a "/" at the end of a prefix. */
export function pathOf(match: unknown): Path {
    const type = textAt(match, "path", "type") ?? "PathPrefix";
    const value = textAt(match, "path", "value") ?? "/";
    return { type, value: type === "PathPrefix" ? value.replace(/(?<=.)\/$/, "") : value };
}

/**
 * Negative if Istio tries the first match before the second: exact paths, prefixes, regular expressions, and longer ones first;
 * then matches with a method, with more headers and with more query parameters
 * (pilot/pkg/config/kube/gateway/conversion.go:sortHTTPRoutes). The older route decides between equal ones.
 */
export function compareMatches(one: unknown, two: unknown): number {
    const [first, second] = [rankOf(one), rankOf(two)];
    const place = first.findIndex((rank, index) => rank !== second[index]);
    return place < 0 ? 0 : (second[place] ?? 0) - (first[place] ?? 0);
}

function rankOf(match: unknown): number[] {
    const { type, value } = pathOf(match);
    return [
        PATH_TYPES.indexOf(type),
        value.length,
        at(match, "method") === undefined ? 0 : 1,
        items(at(match, "headers")).length,
        items(at(match, "queryParams")).length,
    ];
}

/** Whether a match has every request. */
export function isEveryRequest(match: unknown): boolean {
    const { type, value } = pathOf(match);
    return conditionsOf(match).size === 0 && EVERY_PATH.includes(`${type} ${value}`);
}

/** Whether two matches have the same conditions. */
export function areEqual(one: unknown, two: unknown): boolean {
    return keyOf(one) === keyOf(two);
}

function keyOf(match: unknown): string {
    if (isEveryRequest(match)) return "";
    const conditions = [...conditionsOf(match)].sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([pathOf(match), conditions]);
}

/** Whether the first match has every request that the second one has. */
export function coversMatch(wide: unknown, narrow: unknown): boolean {
    const others = conditionsOf(narrow);
    const hasConditions = [...conditionsOf(wide)].every(
        ([name, one]) => JSON.stringify(one) === JSON.stringify(others.get(name)),
    );
    if (!hasConditions) return false;
    const [path, other] = [asPrefix(pathOf(wide)), asPrefix(pathOf(narrow))];
    if (path.type !== "PathPrefix") return path.type === other.type && path.value === other.value;
    if (path.value === "/") return true;
    return other.type === "RegularExpression"
        ? literalHead(other.value).startsWith(below(path.value))
        : isWithin(other.value, path.value);
}

/** False only if no request meets both matches. */
export function mayOverlap(one: unknown, two: unknown): boolean {
    const others = conditionsOf(two);
    const isApart = [...conditionsOf(one)].some(([name, condition]) => {
        const other = others.get(name);
        return other !== undefined && areApart(condition, other);
    });
    return !isApart && haveCommonPath(asPrefix(pathOf(one)), asPrefix(pathOf(two)));
}

interface Condition {
    readonly type: string;
    readonly value: string;
}

/** Method, headers and query parameters, by "headers x-user". */
function conditionsOf(match: unknown): ReadonlyMap<string, Condition> {
    const method = textAt(match, "method");
    const all = new Map<string, Condition>();
    if (method !== undefined) all.set("method", { type: "Exact", value: method });
    for (const field of ["headers", "queryParams"] as const) {
        for (const [, one] of items(at(match, field))) {
            const name = textAt(one, "name") ?? "";
            const key = field === "headers" ? name.toLowerCase() : name;
            const type = textAt(one, "type") ?? "Exact";
            all.set(`${field} ${key}`, { type, value: textAt(one, "value") ?? "" });
        }
    }
    return all;
}

function areApart(one: Condition, two: Condition): boolean {
    if (one.type === "Exact" && two.type === "Exact") return one.value !== two.value;
    if (one.type === "Exact") return isWhole(two.value, one.value) === false;
    return two.type === "Exact" && isWhole(one.value, two.value) === false;
}

function haveCommonPath(one: Path, two: Path): boolean {
    if (one.type === "RegularExpression" || two.type === "RegularExpression") {
        return haveCommonPattern(one, two);
    }
    return [one, two].every(({ type }) => type === "Exact")
        ? one.value === two.value
        : (one.type === "PathPrefix" && isWithin(two.value, one.value)) ||
              (two.type === "PathPrefix" && isWithin(one.value, two.value));
}

function haveCommonPattern(one: Path, two: Path): boolean {
    if (one.type === "Exact") return isWhole(two.value, one.value) !== false;
    if (two.type === "Exact") return isWhole(one.value, two.value) !== false;
    const [first = "", second = ""] = [one, two].map(({ type, value }) =>
        type === "PathPrefix" ? below(value) : literalHead(value),
    );
    return first.startsWith(second) || second.startsWith(first);
}

/** A path, or the beginning of one, that a prefix has with everything below it. */
function isWithin(path: string, prefix: string): boolean {
    return path === prefix || path.startsWith(below(prefix));
}

function below(prefix: string): string {
    return prefix === "/" ? "/" : `${prefix}/`;
}

/** Whether a regular expression matches the whole text; undefined if RE2 rejects it. */
function isWhole(regex: string, text: string): boolean | undefined {
    return matchesRe2(`^(?:${regex})$`, text);
}

/** The prefix that a regular expression stands for: `/orders(/.*)?`. */
function asPrefix(path: Path): Path {
    if (path.type !== "RegularExpression") return path;
    if (EVERY_PATH.includes(`${path.type} ${path.value}`))
        return { type: "PathPrefix", value: "/" };
    const [, written] = /^(.+)\(\/\.\*\)\?$/.exec(path.value) ?? [];
    if (written === undefined) return path;
    const value = literalHead(written);
    const isLiteral = value.length === written.replace(/\\(?=\W)/g, "").length;
    return isLiteral ? { type: "PathPrefix", value } : path;
}

/** The text with which all matches of a regular expression begin. */
function literalHead(regex: string): string {
    if (/^\(\?i/.test(regex) || regex.replace(/\\.|\([^)]*\)/g, "").includes("|")) return "";
    let head = "";
    for (let index = 0; index < regex.length; index++) {
        const isEscaped = regex[index] === "\\" && /\W/.test(regex[index + 1] ?? "w");
        if (isEscaped) index++;
        const one = regex[index] ?? "";
        if (!isEscaped && /[\\.*+?^${}()|[\]]/.test(one)) {
            return /[*?{]/.test(one) ? head.slice(0, -1) : head;
        }
        head += one;
    }
    return head;
}
