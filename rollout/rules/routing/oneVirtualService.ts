/** Rule: each host has one VirtualService or HTTPRoute per gateway, or several with different matches. */

import { at, items, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { bindingsOf, GATEWAY, serversOf, splitName } from "../lookup/mesh/gateways";
import { covers, isCatchAll, matchesOf } from "../lookup/mesh/matches";
import { objectIndex } from "../lookup/mesh/objectIndex";
import { patternsOver } from "../lookup/mesh/registry";
import { sameMatches } from "../lookup/mesh/sameMatches";
import { isShared, visibleIn } from "../lookup/mesh/visibility";
import { fullHost, namespaceOf, resourceName } from "../lookup/resourceName";
import { HTTP_ROUTE, VIRTUAL_SERVICE } from "../lookup/routes";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

const MESH_FIX =
    "Put all routes of the host into one VirtualService: sidecars use only the older of the two.";
const GATEWAY_FIX =
    "Put both routes into one VirtualService: with two, the older one decides which route is first.";
const EXPECTED = "hosts that no other VirtualService has";
const PROTOCOLS = ["http", "tls", "tcp"] as const;

export const oneVirtualService: ProgramRule = {
    scope: "program",
    id: "one-virtual-service",
    group: "routing",
    description: "Two VirtualServices or HTTPRoutes must not route the same requests of a host.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE, GATEWAY, HTTP_ROUTE],
    options: {},
    check(manifests) {
        // The engine lists objects in no fixed order. Sorting reports the same one of two each time.
        const sorted = ofKind(VIRTUAL_SERVICE.kind, manifests).sort((a, b) =>
            resourceName(a) < resourceName(b) ? -1 : 1,
        );
        const all = new Map<string, Manifest[]>();
        for (const one of sorted) {
            for (const key of keysOf(one)) all.set(key, [...(all.get(key) ?? []), one]);
        }
        const program: Program = {
            all,
            patterns: patternsIn(all),
            places: new Map(sorted.map((one, place) => [one, place])),
            isServed: (name, host, namespace) => {
                const gateway = objectIndex(manifests).named(GATEWAY, ...splitName(name));
                return gateway === undefined || serves(gateway, host, namespace);
            },
        };
        return [...sorted.flatMap((one) => judge(one, program)), ...sameMatches(manifests)];
    },
};

interface Program {
    /** VirtualServices by gateway and host: "mesh web.shop.svc.cluster.local". */
    readonly all: ReadonlyMap<string, readonly Manifest[]>;
    /** VirtualServices for sidecars whose host is a pattern. */
    readonly patterns: ReadonlyMap<string, readonly Manifest[]>;
    /** Position in the order of the names. */
    readonly places: ReadonlyMap<Manifest, number>;
    /** Whether a gateway serves a host to VirtualServices of a namespace. True for Gateways of other programs. */
    isServed(gateway: string, host: string, namespace: string): boolean;
}

function serves(gateway: Manifest, host: string, namespace: string): boolean {
    const reserved = serversOf(gateway).flatMap(({ hosts }) => hosts);
    return reserved.some((one) => {
        const [owner, name] = one.includes("/") ? splitName(one) : [namespace, one];
        if (owner !== namespace) return false;
        return name === host || [name, host].some((each) => each.startsWith("*"));
    });
}

function patternsIn(
    all: ReadonlyMap<string, readonly Manifest[]>,
): Map<string, readonly Manifest[]> {
    const entries = [...all].filter(([key]) => key.startsWith("mesh *"));
    return new Map(entries.map(([key, list]) => [key.slice("mesh ".length), list]));
}

/** Each gateway with each host. */
function keysOf(manifest: Manifest): string[] {
    const hosts = items(at(manifest, "spec", "hosts")).flatMap(([, host]) =>
        typeof host === "string" ? [fullHost(host, namespaceOf(manifest))] : [],
    );
    return gatewaysOf(manifest).flatMap((gateway) => hosts.map((host) => `${gateway} ${host}`));
}

function gatewaysOf(manifest: Manifest): string[] {
    return bindingsOf(manifest).flatMap(({ name }) => (name === UNKNOWN ? [] : [name]));
}

function judge(manifest: Manifest, { all, patterns, places, isServed }: Program): Finding[] {
    const hosts = at(manifest, "spec", "hosts");
    if (hosts === UNKNOWN) return [findingAt(manifest, "spec.hosts", UNKNOWN, EXPECTED, MESH_FIX)];
    const isBefore = (one: Manifest) => (places.get(one) ?? 0) < (places.get(manifest) ?? 0);
    return items(hosts).flatMap(([index, host]): Finding[] => {
        const path = `spec.hosts[${index}]`;
        if (host === UNKNOWN) return [findingAt(manifest, path, UNKNOWN, EXPECTED, MESH_FIX)];
        const full = fullHost(textOf(host), namespaceOf(manifest));
        const found = gatewaysOf(manifest).flatMap((gateway) => {
            const isBound = (one: Manifest) =>
                gateway === "mesh" || isServed(gateway, full, namespaceOf(one));
            const same = (all.get(`${gateway} ${full}`) ?? []).filter(isBefore).filter(isBound);
            if (!isBound(manifest)) return [];
            const conflicts = same.flatMap((one) => conflict(gateway, one, manifest));
            return [
                ...conflicts,
                ...(gateway === "mesh" ? overlaps(full, manifest, patterns) : []),
            ];
        });
        // The worst one, in the order of the names.
        const worst = found.find(({ advisory }) => !advisory) ?? found[0];
        if (worst === undefined) return [];
        const { expected, fix, advisory } = worst;
        const finding = findingAt(manifest, path, host, expected, fix);
        return [advisory ? { ...finding, advisory: true } : finding];
    });
}

interface Conflict {
    readonly expected: string;
    readonly fix: string;
    readonly advisory: boolean;
}

function conflict(gateway: string, one: Manifest, two: Manifest): Conflict[] {
    if (gateway !== "mesh") return atGateway(one, two);
    const scopes = [visibleIn(one), visibleIn(two)] as const;
    if (!isShared(...scopes) || !haveCommonProtocol(one, two)) return [];
    // In a namespace that sees both, Istio uses the private one: pilot/pkg/model/virtualservice.go:SelectVirtualServices.
    const isOverride =
        scopes.filter((scope) => scope !== UNKNOWN && scope.includes("*")).length === 1;
    const expected = `a host that ${resourceName(one)} does not have on the same gateway`;
    return [{ expected, fix: MESH_FIX, advisory: isOverride }];
}

/** Sidecars use the VirtualService with the more specific host only. */
function overlaps(
    host: string,
    manifest: Manifest,
    patterns: ReadonlyMap<string, readonly Manifest[]>,
): Conflict[] {
    return patternsOver(host, patterns)
        .flat()
        .filter((one) => one !== manifest && isShared(visibleIn(one), visibleIn(manifest)))
        .map((one) => ({
            expected: `a host that no pattern of ${resourceName(one)} covers`,
            fix: "Repeat the routes of the other VirtualService if they apply here: sidecars use only the one with the more specific host.",
            advisory: true,
        }));
}

function haveCommonProtocol(one: Manifest, two: Manifest): boolean {
    const [first, second] = [one, two].map((manifest) =>
        PROTOCOLS.filter((protocol) => at(manifest, "spec", protocol) !== undefined),
    ) as [string[], string[]];
    if (first.length === 0 || second.length === 0) return true;
    return first.some((protocol) => second.includes(protocol));
}

/** Gateways merge the routes of a host: pilot/pkg/networking/core/gateway.go:vHostDedupMap. */
function atGateway(one: Manifest, two: Manifest): Conflict[] {
    const name = resourceName(one);
    return PROTOCOLS.flatMap((protocol): Conflict[] => {
        const [first, second] = [allMatches(one, protocol), allMatches(two, protocol)];
        const expected = (what: string) =>
            `a host that ${name} does not have${what} on the same gateway`;
        if (first.some(isCatchAll) && second.some(isCatchAll)) {
            return [{ expected: expected(""), fix: GATEWAY_FIX, advisory: false }];
        }
        const pairs = first.flatMap((a) => second.map((b) => [a, b] as const));
        const limited = pairs.filter(([a, b]) => !isCatchAll(a) && !isCatchAll(b));
        const both = limited.some(([a, b]) => covers(a, b) && covers(b, a));
        const either = limited.some(([a, b]) => covers(a, b) || covers(b, a));
        if (!both && !either) return [];
        return [{ expected: expected(" with the same match"), fix: GATEWAY_FIX, advisory: !both }];
    });
}

/** Known matches of all routes, except those of delegates. */
function allMatches(manifest: Manifest, protocol: string): unknown[] {
    return items(at(manifest, "spec", protocol)).flatMap(([, route]) => {
        const matches = matchesOf(route);
        const isOwn = at(route, "delegate") === undefined;
        return matches === UNKNOWN || !isOwn ? [] : matches;
    });
}
