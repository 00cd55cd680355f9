/** Rule: a route by JWT claims has a RequestAuthentication at its Gateway. */

import { at, isMapping, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { GATEWAY, gatewaysOf } from "../lookup/mesh/gateways";
import { resourceName } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import { type Finding, type Kind, type Manifest, ofKind, type ProgramRule } from "../rule";

const REQUEST_AUTHENTICATION: Kind = { group: "security.istio.io", kind: "RequestAuthentication" };
const FIX =
    "Create a RequestAuthentication for the Gateway's pods: without it, no request has claims and the route never matches.";

export const claimRoute: ProgramRule = {
    scope: "program",
    id: "claim-route",
    group: "references",
    description:
        "A route that matches JWT claims should have a RequestAuthentication at its Gateway.",
    severity: "advisory",
    kinds: [VIRTUAL_SERVICE, GATEWAY, REQUEST_AUTHENTICATION],
    options: {},
    check(manifests) {
        const authentications = ofKind(REQUEST_AUTHENTICATION.kind, manifests);
        return ofKind(VIRTUAL_SERVICE.kind, manifests).flatMap((one) => {
            const claim = firstClaim(one);
            if (claim === undefined) return [];
            return gatewaysOf(one, manifests).flatMap((gateway) =>
                judge(one, claim, gateway, authentications),
            );
        });
    },
};

interface Claim {
    /** "spec.http[0].match[0].headers" */
    readonly path: string;
    readonly name: string;
}

function firstClaim(virtualService: Manifest): Claim | undefined {
    for (const [index, route] of items(at(virtualService, "spec", "http"))) {
        for (const [place, match] of items(at(route, "match"))) {
            for (const field of ["headers", "withoutHeaders"]) {
                const names = Object.keys((at(match, field) as object | undefined) ?? {});
                const name = names.find((one) => /^@request\.auth\.claims[.[]/.test(one));
                const path = `spec.http[${index}].match[${place}].${field}`;
                if (name !== undefined) return { path, name };
            }
        }
    }
    return undefined;
}

function judge(
    virtualService: Manifest,
    { path, name }: Claim,
    gateway: Manifest,
    authentications: readonly Manifest[],
): Finding[] {
    const expected = `a RequestAuthentication that selects the pods of ${resourceName(gateway)}`;
    const selector = at(gateway, "spec", "selector");
    const applies = authentications.map((one) => selects(one, selector));
    if (applies.includes(true)) return [];
    const found = applies.includes(UNKNOWN) ? UNKNOWN : name;
    return [findingAt(virtualService, path, found, expected, FIX)];
}

/** The Gateway's pods have at least the labels of its selector. The namespace of the pods is not known. */
function selects(authentication: Manifest, selector: unknown): boolean | typeof UNKNOWN {
    const targets =
        at(authentication, "spec", "targetRefs") ?? at(authentication, "spec", "targetRef");
    if (targets !== undefined) return false;
    const wanted = at(authentication, "spec", "selector", "matchLabels");
    if (wanted === UNKNOWN || selector === UNKNOWN) return UNKNOWN;
    if (!isMapping(wanted)) return true;
    return Object.entries(wanted).every(([key, value]) => at(selector, key) === value);
}
