/** HTTPRoutes beside a rollout's own route that take its requests, or send requests to both versions by number of pods. */
import { isRouteOf, serviceHost } from "../../../rollout/config/names";
import { at, items, textAt } from "../../../rollout/config/unknown";
import {
    areEqual,
    compareMatches,
    coversMatch,
    isEveryRequest,
    mayOverlap,
} from "../../../rollout/rules/lookup/mesh/apiMatches";
import {
    API_GATEWAY,
    backendsOf,
    matchesInOrder,
    type Parent,
    parentsOf,
    refersTo,
} from "../../../rollout/rules/lookup/mesh/gatewayApi";
import { gatewayParentRefs } from "../../../rollout/rules/lookup/mesh/listeners";
import { SERVICE } from "../../../rollout/rules/lookup/mesh/registry";
import { namespaceOf, resourceName } from "../../../rollout/rules/lookup/resourceName";
import type { Manifest } from "../../../rollout/rules/rule";

export interface RouteProblem {
    readonly text: string;
    /** A note. Otherwise a reason not to begin. */
    readonly isSafe: boolean;
}

interface Rollout {
    readonly app: string;
    readonly namespace: string;
    readonly routing?: string;
}

export function httpRouteProblems(
    rollout: Rollout,
    httpRoutes: readonly Manifest[],
): RouteProblem[] {
    const { app, namespace, routing } = rollout;
    const isOwn = (one: Manifest) =>
        routing === "gateway-api" && namespaceOf(one) === namespace && isRouteOf(app, one);
    const own = httpRoutes.filter(isOwn);
    const others = httpRoutes
        .filter((one) => !isOwn(one))
        .flatMap((one) => bypass(rollout, one) ?? rivalry(rollout, own, one));
    return [...own.flatMap(unaccepted), ...others];
}

/** Gateways that do not have the rollout's own route, as its status says. */
function unaccepted(own: Manifest): RouteProblem[] {
    const statuses = items(at(own, "status", "parents")).map(([, one]) => one);
    return gatewayParentRefs(own).flatMap(({ name, namespace, sectionName }) => {
        const status = statuses.find(
            (one) =>
                at(one, "parentRef", "name") === name &&
                (at(one, "parentRef", "namespace") ?? namespaceOf(own)) === namespace &&
                at(one, "parentRef", "sectionName") === sectionName,
        );
        const accepted = items(at(status, "conditions"))
            .map(([, one]) => one)
            .find((one) => at(one, "type") === "Accepted");
        if (at(accepted, "status") === "True") return [];
        const why = textAt(accepted, "reason") ?? "no controller has a Gateway of this name";
        const text = `${resourceName(own)}: Gateway ${namespace}/${String(name)} does not accept it (${why}), so callers there get 404. Correct \`gateways\` or the Gateway.`;
        return [{ text, isSafe: true }];
    });
}

/** Neither a Gateway nor a caller's proxy applies the split to a backend that is the shared Service. */
function bypass({ app, namespace, routing }: Rollout, other: Manifest): RouteProblem | undefined {
    const found = backendsOf(other).find(
        (one) => refersTo(one, SERVICE, namespace, app) && one.weight !== 0 && !one.mirrors,
    );
    if (found === undefined) return undefined;
    const expected = `expected no backend Service ${namespace}/${app}, because both versions get its requests by the number of pods`;
    const fix =
        routing === "gateway-api"
            ? "Add its Gateways to `gateways` and its hostnames to `hosts`, run `pulumi up`, and delete it"
            : "Lead its requests through `gateways`, and delete it";
    const text = `${resourceName(other)}: ${expected}, got ${found.path}. ${fix}: ${deletion(other)}.`;
    return { text, isSafe: false };
}

function deletion(other: Manifest): string {
    return `\`kubectl delete httproute ${textAt(other, "metadata", "name")} -n ${namespaceOf(other)}\``;
}

/** The same requests at the same parent. Istio merges the routes of a parent, the more specific path first, then the older one. */
function rivalry(rollout: Rollout, own: readonly Manifest[], other: Manifest): RouteProblem[] {
    const place = parentsOf(other)
        .map((parent) => sharedPlace(rollout, own, other, parent))
        .find((one) => one !== undefined);
    if (place === undefined) return [];
    const name = resourceName(other);
    const app = `${rollout.namespace}/${rollout.app}`;
    const expected = `expected no requests to ${place.requests} that ${app} has too`;
    const remove = `To remove it: ${deletion(other)}.`;
    if (place.isWhole) {
        const why = "Istio uses only one of the two routes.";
        return [
            { text: `${name}: ${expected}, got ${place.found}. ${why} ${remove}`, isSafe: false },
        ];
    }
    const matches = matchesInOrder(other).map(({ match }) => match);
    const ours = place.own === undefined ? [{}] : matchesInOrder(place.own).map((one) => one.match);
    const reason = (one: unknown, why: string): RouteProblem[] => {
        const found = isEveryRequest(one) ? "a match of every request" : JSON.stringify(one);
        const text = `${name}: ${expected}, got ${found}. ${why} ${remove}`;
        return [{ text, isSafe: place.isOther }];
    };
    const same = matches.find((one) => ours.some((each) => areEqual(each, one)));
    if (same !== undefined) {
        return reason(
            same,
            "Istio uses the older of the two rules. Limit its matches, or change its hostnames.",
        );
    }
    const whole = matches.find((one) =>
        ours.some((each) => compareMatches(one, each) < 0 && coversMatch(one, each)),
    );
    if (whole !== undefined) {
        return reason(
            whole,
            "Istio tries prefixes before regular expressions, which the rollout needs for the `stableOnlyPaths` in its part. Remove those paths, or limit the matches of the other route.",
        );
    }
    const first = matches.filter((one) =>
        ours.some((each) => compareMatches(one, each) <= 0 && mayOverlap(one, each)),
    );
    if (first.length === 0) return [];
    const paths = first.map((one) => textAt(one, "path", "value") ?? "/").join(", ");
    const text = `${name} takes its requests to ${place.requests} (${paths}) from ${app}: the weight does not apply to them.`;
    return [{ text, isSafe: true }];
}

interface Place {
    readonly requests: string;
    /** The rollout's own route there. */
    readonly own?: Manifest | undefined;
    /** What the other route has, if Istio does not merge the two. */
    readonly isWhole: boolean;
    readonly found?: string;
    /** Whether the more specific host of the rollout comes first in any case. */
    readonly isOther: boolean;
}

/** Where a route of the rollout and another have a parent in common. */
function sharedPlace(
    { app, namespace, routing }: Rollout,
    all: readonly Manifest[],
    other: Manifest,
    parent: Parent,
): Place | undefined {
    if (refersTo(parent, SERVICE, namespace, app)) {
        const requests = serviceHost(app, namespace);
        if (routing !== "gateway-api") {
            const found = "an HTTPRoute beside the VirtualService";
            return { requests, isWhole: true, found, isOther: false };
        }
        const own = all.find((one) => textAt(one, "metadata", "name") === app);
        const port = own && parentsOf(own).find(({ kind }) => kind === SERVICE.kind)?.port;
        if (parent.port === port || namespaceOf(other) !== namespace) {
            return { requests, own, isWhole: false, isOther: false };
        }
        if (parent.port !== undefined) return undefined;
        return { requests, isWhole: true, found: "a parent without port", isOther: false };
    }
    if (parent.kind !== API_GATEWAY.kind) return undefined;
    const own = all.find((route) =>
        parentsOf(route).some(
            (one) =>
                refersTo(one, API_GATEWAY, parent.namespace, parent.name) &&
                areSame(one.sectionName, parent.sectionName),
        ),
    );
    if (own === undefined) return undefined;
    const at = `at Gateway ${parent.namespace}/${parent.name}`;
    const hosts = hostnamesOf(own);
    const others = hostnamesOf(other);
    const both = hosts.filter((host) => others.includes(host));
    if (both.length > 0) {
        return { requests: `${both.join(", ")} ${at}`, own, isWhole: false, isOther: false };
    }
    // The rollout's hosts have no wildcard, so they are the more specific ones, unless the listener has the same host.
    if (others.length > 0) return undefined;
    return { requests: `${hosts.join(", ")} ${at}`, own, isWhole: false, isOther: true };
}

/** No name stands for every listener. */
function areSame(one: unknown, two: unknown): boolean {
    return one === undefined || two === undefined || one === two;
}

function hostnamesOf(route: Manifest): string[] {
    return items(at(route, "spec", "hostnames")).map(([, host]) => String(host).toLowerCase());
}
