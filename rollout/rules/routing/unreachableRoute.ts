/** Rule: no earlier route takes all requests of a route. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { covers, isCatchAll, matchesOf } from "../lookup/mesh/matches";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, Manifest, ResourceRule } from "../rule";

const EXPECTED = "a match that no earlier route takes";
const FIX = "Move it before that route, or delete it: Istio uses the first route that matches.";

export const unreachableRoute: ResourceRule = {
    scope: "resource",
    id: "unreachable-route",
    group: "routing",
    description: "A route must not stand after a route that takes all of its requests.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE],
    options: {},
    check(manifest) {
        return ["http", "tls", "tcp"].flatMap((protocol) => judge(manifest, protocol));
    },
};

/** A match entry of an earlier route. */
interface Earlier {
    /** "spec.http[0]" */
    readonly path: string;
    readonly match: unknown;
}

function judge(manifest: Manifest, protocol: string): Finding[] {
    const list = at(manifest, "spec", protocol);
    if (list === UNKNOWN) {
        return [findingAt(manifest, `spec.${protocol}`, UNKNOWN, EXPECTED, FIX)];
    }
    const earlier: Earlier[] = [];
    return items(list).flatMap(([index, route]) => {
        const path = `spec.${protocol}[${index}]`;
        const matches = matchesOf(route);
        if (matches === UNKNOWN) {
            if (earlier.length === 0) return [];
            return [findingAt(manifest, `${path}.match`, UNKNOWN, EXPECTED, FIX)];
        }
        const taken = matches.map((match, place) => {
            const by = takenBy(match, earlier);
            // Requests that a delegate does not match go on to the next route.
            if (at(route, "delegate") === undefined) earlier.push({ path, match });
            return { place, by };
        });
        return findingsOf(manifest, path, route, taken);
    });
}

function takenBy(match: unknown, earlier: readonly Earlier[]): Earlier | undefined {
    return earlier.find((one) => isCatchAll(one.match) || covers(one.match, match));
}

interface Taken {
    readonly place: number;
    readonly by: Earlier | undefined;
}

/** One mandatory finding for a route without requests; otherwise an advisory one for each entry without requests. */
function findingsOf(
    manifest: Manifest,
    path: string,
    route: unknown,
    taken: readonly Taken[],
): Finding[] {
    const [first] = taken;
    if (first?.by !== undefined && taken.every(({ by }) => by !== undefined)) {
        const found = at(route, "match") ?? undefined;
        const expected = isCatchAll(first.by.match)
            ? `a place before ${first.by.path}, which takes every request`
            : `a match that ${first.by.path} does not take`;
        return [
            findingAt(manifest, found === undefined ? path : `${path}.match`, found, expected, FIX),
        ];
    }
    return taken.flatMap(({ place, by }) => {
        if (by === undefined) return [];
        const entry = at(route, "match", place);
        const expected = `a match that ${by.path} does not take`;
        const fix = "Delete it, or move it before the other: it has no effect.";
        const finding = findingAt(manifest, `${path}.match[${place}]`, entry, expected, fix);
        return [{ ...finding, advisory: true as const }];
    });
}
