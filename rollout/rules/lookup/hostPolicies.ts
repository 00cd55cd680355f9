/** The DestinationRules of the hosts that a program routes to, and what they say for all subsets. */

import { at, items, UNKNOWN } from "../../config/unknown";
import type { Finding, Kind, Manifest } from "../rule";
import { routedHosts } from "./destinations";
import { resourceName } from "./names";
import { VIRTUAL_SERVICE } from "./routes";
import { destinationRuleOf, serviceOf } from "./subsets";

/** Kinds that these look-ups read. */
export const HOST_KINDS: readonly Kind[] = [
    VIRTUAL_SERVICE,
    { group: "networking.istio.io", kind: "DestinationRule" },
    { group: "", kind: "Service" },
];

export interface HostPolicy {
    readonly host: string;
    /** Absent when the program has the Service but no DestinationRule for it. */
    readonly destinationRule?: Manifest;
    /** A VirtualService that routes to it. */
    readonly virtualService: Manifest;
}

/** Hosts of which the program has the Service or the DestinationRule; others are not this program's to judge. */
export function hostPolicies(manifests: readonly Manifest[]): HostPolicy[] {
    return [...routedHosts(manifests)].flatMap(([host, virtualService]) => {
        const destinationRule = destinationRuleOf(host, manifests);
        if (destinationRule !== undefined) return [{ host, destinationRule, virtualService }];
        return serviceOf(host, manifests) === undefined ? [] : [{ host, virtualService }];
    });
}

/**
 * What is missing of a field that every routed host's DestinationRule must have, in its own trafficPolicy or in that
 * of each subset.
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
            const where = `a DestinationRule for ${host} that has ${expected}`;
            return [{ resource, path: "spec", found: undefined, expected: where, fix }];
        }
        const policy = at(destinationRule, "spec", "trafficPolicy", field);
        const resource = resourceName(destinationRule);
        const path = `spec.trafficPolicy.${field}`;
        if (isFilled(policy)) return [];
        const subsets = items(at(destinationRule, "spec", "subsets"));
        const own = subsets.map(([, subset]) => at(subset, "trafficPolicy", field));
        if (subsets.length > 0 && own.every(isFilled)) return [];
        const found = [policy, ...own].includes(UNKNOWN) ? UNKNOWN : (policy ?? undefined);
        return [{ resource, path, found, expected, fix }];
    });
}

function isFilled(value: unknown): boolean {
    return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
