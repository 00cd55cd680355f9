/** HTTPRoutes that have the same match of a host at the same parent: the younger one gets no requests by it. */

import { annotationOf } from "../../../config/names";
import { at, items, UNKNOWN } from "../../../config/unknown";
import { type Finding, type Manifest, ofKind } from "../../rule";
import { findingAt } from "../findingAt";
import { namespaceOf, resourceName } from "../resourceName";
import { HTTP_ROUTE } from "../routes";
import { areEqual } from "./apiMatches";
import { matchesInOrder, type OrderedMatch, parentsOf } from "./gatewayApi";

const FIX = "Limit the matches of one of them: the older route gets all of these requests.";

/** Mandatory for a rollout's route, whose weights have no effect. Others may be one route under an old and a new name. */
export function sameMatches(manifests: readonly Manifest[]): Finding[] {
    // The engine lists objects in no fixed order. Sorting reports the same one of two each time.
    const sorted = ofKind(HTTP_ROUTE.kind, manifests).sort((a, b) =>
        resourceName(a) < resourceName(b) ? -1 : 1,
    );
    const places = new Map<string, Manifest[]>();
    return sorted.flatMap((route) => {
        const others = new Set<Manifest>();
        for (const place of placesOf(route)) {
            const list = places.get(place) ?? [];
            for (const one of list) others.add(one);
            places.set(place, [...list, route]);
        }
        return [...others].flatMap((one) => judge(one, route));
    });
}

function judge(other: Manifest, route: Manifest): Finding[] {
    const theirs = known(matchesInOrder(other));
    const same = known(matchesInOrder(route)).find(({ match }) =>
        theirs.some((one) => areEqual(one.match, match)),
    );
    if (same === undefined) return [];
    const expected = `no match that ${resourceName(other)} has too, at the same parent and host`;
    const finding = findingAt(route, same.path, same.match, expected, FIX);
    const isRollouts = [other, route].some((one) => annotationOf(one, "stable") !== undefined);
    return [isRollouts ? finding : { ...finding, advisory: true }];
}

/** Each parent with each host. In another namespace than its Service, a route is for the callers there only. */
function placesOf(route: Manifest): string[] {
    const hosts = items(at(route, "spec", "hostnames")).map(([, host]) => host);
    return parentsOf(route).flatMap(({ group, kind, namespace, name, sectionName, port }) => {
        if ([name, namespace, sectionName, port].includes(UNKNOWN)) return [];
        const parent = [group, kind, namespace, name, sectionName, port];
        if (kind === "Service") return [JSON.stringify([...parent, namespaceOf(route)])];
        return hosts
            .filter((host) => typeof host === "string")
            .map((host) => JSON.stringify([...parent, host]));
    });
}

function known(matches: readonly OrderedMatch[]): OrderedMatch[] {
    return matches.filter(({ match }) => !hasUnknown(match));
}

function hasUnknown(value: unknown): boolean {
    if (value === UNKNOWN) return true;
    return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}
