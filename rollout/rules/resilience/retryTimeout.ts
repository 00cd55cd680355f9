/** Rule: all tries of a request fit into its timeout. */
import { formatDuration, parseDuration } from "../../config/duration";
import { at, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, Manifest, ResourceRule } from "../rule";

export const retryTimeout: ResourceRule = {
    scope: "resource",
    id: "retry-timeout",
    group: "resilience",
    description: "The per-try timeout of an HTTP route fits into its timeout for every try.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE],
    options: {},
    check(manifest) {
        return items(at(manifest, "spec", "http")).flatMap(([index, route]) =>
            judge(manifest, `spec.http[${index}].retries.perTryTimeout`, route),
        );
    },
};

function judge(manifest: Manifest, path: string, route: unknown): Finding[] {
    const given = at(route, "retries", "perTryTimeout");
    const timeout = at(route, "timeout");
    const attempts = at(route, "retries", "attempts");
    if (given === undefined || given === null) return [];
    const fix = "Shorten it or retry less: what does not fit is cut off before it was tried.";
    if ([given, timeout, attempts].includes(UNKNOWN)) {
        return [findingAt(manifest, path, UNKNOWN, "what fits into timeout for every try", fix)];
    }
    const perTry = parseDuration(given);
    const whole = parseDuration(timeout);
    // A route without timeout, and retries that are no number, are other rules' to say.
    if (perTry === undefined || whole === undefined) return [];
    const tries = 1 + (typeof attempts === "number" ? attempts : 0);
    if (perTry * tries <= whole) return [];
    const most = formatDuration(Math.floor(whole / tries));
    const expected = `at most ${most}: ${tries} tries in a timeout of ${String(timeout)}`;
    return [findingAt(manifest, path, given, expected, fix)];
}
