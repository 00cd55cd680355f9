/** DestinationRules of the hosts that a program routes to, and their traffic policies. */

import { at, items, UNKNOWN } from "../../config/unknown";
import type { Finding, Kind, Manifest } from "../rule";
import { routedHosts } from "./destinations";
import { resourceName } from "./resourceName";
import { VIRTUAL_SERVICE } from "./routes";
import { destinationRuleOf, serviceOf } from "./subsets";

/** Kinds that these functions read. */
export const HOST_KINDS: readonly Kind[] = [
    VIRTUAL_SERVICE,
    { group: "networking.istio.io", kind: "DestinationRule" },
    { group: "", kind: "Service" },
];

export interface HostPolicy {
    readonly host: string;
    /** Undefined if the program has the Service but no DestinationRule. */
    readonly destinationRule?: Manifest;
    /** The first VirtualService that routes to the host. */
    readonly virtualService: Manifest;
}

/** Routed hosts whose Service or DestinationRule is in the program. Other programs own the rest. */
export function hostPolicies(manifests: readonly Manifest[]): HostPolicy[] {
    return [...routedHosts(manifests)].flatMap(([host, virtualService]) => {
        const destinationRule = destinationRuleOf(host, manifests);
        if (destinationRule !== undefined) return [{ host, destinationRule, virtualService }];
        return serviceOf(host, manifests) === undefined ? [] : [{ host, virtualService }];
    });
}

/**
 * Findings for each routed host whose DestinationRule lacks `field` in its trafficPolicy, unless every subset has
 * the field.
 */
export function missingPolicy(
    manifests: readonly Manifest[],
    field: string,
    expected: string,
    fix: string,
): Finding[] {
    return hostPolicies(manifests).flatMap(({ host, destinationRule, virtualService }) => {
        if (destinationRule === undefined) {
            const resource = resourceName(virtualService);
            const rule = `a DestinationRule for ${host} with ${expected}`;
            return [{ resource, path: "spec", found: undefined, expected: rule, fix }];
        }
        const policy = at(destinationRule, "spec", "trafficPolicy", field);
        const resource = resourceName(destinationRule);
        const path = `spec.trafficPolicy.${field}`;
        if (isNonEmpty(policy)) return [];
        const subsets = items(at(destinationRule, "spec", "subsets"));
        const subsetPolicies = subsets.map(([, subset]) => at(subset, "trafficPolicy", field));
        if (subsets.length > 0 && subsetPolicies.every(isNonEmpty)) return [];
        const found = [policy, ...subsetPolicies].includes(UNKNOWN)
            ? UNKNOWN
            : (policy ?? undefined);
        return [{ resource, path, found, expected, fix }];
    });
}

function isNonEmpty(value: unknown): boolean {
    return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
