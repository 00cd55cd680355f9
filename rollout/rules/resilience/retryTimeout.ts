/** Rule: all tries of a request fit into the route's timeout. */
import { formatDuration, parseDuration } from "../../config/duration";
import { at, items, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, Manifest, ResourceRule } from "../rule";

export const retryTimeout: ResourceRule = {
    scope: "resource",
    id: "retry-timeout",
    group: "resilience",
    description: "All tries of an HTTP route must fit into its timeout.",
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
    const perTryTimeout = at(route, "retries", "perTryTimeout");
    const timeout = at(route, "timeout");
    const attempts = at(route, "retries", "attempts");
    if (perTryTimeout === undefined || perTryTimeout === null) return [];
    const fix =
        "Shorten `perTryTimeout` or lower `attempts`: otherwise the timeout cuts off the last tries.";
    if ([perTryTimeout, timeout, attempts].includes(UNKNOWN)) {
        return [
            findingAt(
                manifest,
                path,
                UNKNOWN,
                "a duration with which all tries fit into the timeout",
                fix,
            ),
        ];
    }
    const perTry = parseDuration(perTryTimeout);
    const whole = parseDuration(timeout);
    // http-timeout reports a missing timeout, retry-attempts an invalid number of attempts.
    if (perTry === undefined || whole === undefined) return [];
    const tries = 1 + (typeof attempts === "number" ? attempts : 0);
    if (perTry * tries <= whole) return [];
    const most = formatDuration(Math.floor(whole / tries));
    const expected = `at most ${most}, so that ${tries} tries fit into the timeout of ${textOf(timeout)}`;
    return [findingAt(manifest, path, perTryTimeout, expected, fix)];
}
