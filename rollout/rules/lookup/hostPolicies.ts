/** DestinationRules of the hosts that a program routes to, and their traffic policies. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { oncePerProgram } from "../ofKinds";
import type { Finding, Kind, Manifest } from "../rule";
import { type Routed, routedByHost, routedHosts } from "./destinations";
import { type Declared, type HostRule, hostRuleOf } from "./policies/destinationRules";
import { policyField, policyPlaces } from "./policies/trafficPolicies";
import { resourceName } from "./resourceName";
import { SPLIT_KINDS } from "./routes";
import { serviceOf } from "./subsets";

/** Kinds that these functions read. */
export const HOST_KINDS: readonly Kind[] = [
    ...SPLIT_KINDS,
    { group: "networking.istio.io", kind: "DestinationRule" },
    { group: "", kind: "Service" },
];

export interface HostPolicy {
    readonly host: string;
    /** Undefined if the program has the Service but no DestinationRule. */
    readonly hostRule?: HostRule;
    /** The first VirtualService or HTTPRoute that routes to the host. */
    readonly route: Manifest;
}

/** Routed hosts whose Service or DestinationRule is in the program. Other programs own the rest. */
export const hostPolicies = oncePerProgram(HOST_KINDS, findHostPolicies);

function findHostPolicies(manifests: readonly Manifest[]): readonly HostPolicy[] {
    return [...routedHosts(manifests)].flatMap(([host, route]) => {
        const hostRule = hostRuleOf(host, manifests);
        if (hostRule !== undefined) return [{ host, hostRule, route }];
        return serviceOf(host, manifests) === undefined ? [] : [{ host, route }];
    });
}

export interface Wanted {
    /** Field of the traffic policy. */
    readonly field: string;
    /** Whether a value of the field has an effect. */
    readonly isSet: (value: unknown) => boolean;
    readonly expected: string;
    readonly fix: string;
}

/** Findings for each routed host whose DestinationRule lacks `field` for a routed port, in the host's policy and in a subset's. */
export function missingPolicy(manifests: readonly Manifest[], wanted: Wanted): Finding[] {
    const routed = routedByHost(manifests);
    return hostPolicies(manifests).flatMap(({ host, hostRule, route }) => {
        const { expected, fix } = wanted;
        if (hostRule === undefined) {
            const resource = resourceName(route);
            const rule = `a DestinationRule for ${host} with ${expected}`;
            return [{ resource, path: "spec", found: undefined, expected: rule, fix }];
        }
        const service = serviceOf(host, manifests);
        const ports = routedPorts(routed.get(host) ?? [], service, hostRule);
        return missingAtPorts(hostRule, ports, wanted).slice(0, 1);
    });
}

/** Ports that routes name, otherwise all ports of the Service, otherwise those with settings of their own. */
function routedPorts(
    routed: readonly Routed[],
    service: Manifest | undefined,
    hostRule: HostRule,
): unknown[] {
    const named = routed.flatMap(({ port }) => (port === undefined ? [] : [port]));
    if (named.length > 0) return [...new Set(named)];
    const ports = items(at(service, "spec", "ports")).map(([, port]) => at(port, "port"));
    if (ports.length > 0) return ports;
    return policyPlaces(hostRule).flatMap(({ port }) => (port === undefined ? [] : [port]));
}

function missingAtPorts(
    hostRule: HostRule,
    ports: readonly unknown[],
    { field, isSet, expected, fix }: Wanted,
): Finding[] {
    const names = hostRule.subsets.map(({ value }) => at(value, "name"));
    const here = ports.length > 0 ? ports : [undefined];
    return here.flatMap((port) => {
        const own = policyField(hostRule, field, { port });
        const subsets = names.map((subset) => policyField(hostRule, field, { port, subset }));
        const isGood = (one: Declared | undefined) => isSet(one?.value);
        if (isGood(own) || (subsets.length > 0 && subsets.every(isGood))) return [];
        const unknown =
            hostRule.maybeMore || [own, ...subsets].some((one) => one?.value === UNKNOWN);
        const at = own ?? {
            rule: hostRule.rules[0],
            path: `spec.trafficPolicy.${field}`,
            value: undefined,
        };
        const found = unknown ? UNKNOWN : (at.value ?? undefined);
        const finding = { resource: resourceName(at.rule), path: at.path, found, expected, fix };
        // The host has the policy, but the settings of a port replace it.
        const isReplaced = isSet(policyField(hostRule, field, {})?.value);
        return [isReplaced ? { ...finding, advisory: true as const } : finding];
    });
}

/** Whether a value is an object with a field. */
export function isNonEmpty(value: unknown): boolean {
    return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
