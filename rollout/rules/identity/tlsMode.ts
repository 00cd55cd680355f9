/** Rule: callers use a TLS mode that the pods accept. */

import { at, items, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { NAMESPACE } from "../lookup/mesh/objectIndex";
import { injectionOf } from "../lookup/policies/injection";
import {
    PEER_AUTHENTICATION,
    type PeerMode,
    peerModeOf,
} from "../lookup/policies/peerAuthentications";
import { type PolicyPlace, policyPlaces } from "../lookup/policies/trafficPolicies";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import { type Split, SUBSET_KINDS, splitsIn, subsetsOf, workloadsWith } from "../lookup/subsets";
import { podTemplateOf, workloadsIn } from "../lookup/workloads";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

const FIX =
    "Remove `tls`: Istio then uses the mode that each pod accepts. With a conflicting mode, every request fails with 503.";

/** By PeerAuthentication mode: the DestinationRule modes that cannot reach the pods. */
const CONTRADICTS: Readonly<Record<string, readonly string[]>> = {
    STRICT: ["DISABLE", "SIMPLE", "MUTUAL"],
    DISABLE: ["ISTIO_MUTUAL"],
};

export const tlsMode: ProgramRule = {
    scope: "program",
    id: "tls-mode",
    group: "identity",
    description:
        "The TLS mode of a DestinationRule must be one that the PeerAuthentication of its host accepts.",
    severity: "mandatory",
    kinds: [...SUBSET_KINDS, PEER_AUTHENTICATION, NAMESPACE],
    options: {},
    check(manifests) {
        if (ofKind("PeerAuthentication", manifests).length === 0) return [];
        return splitsIn(manifests).flatMap((split) =>
            policyPlaces(split.hostRule).flatMap((place) => judge(place, split, manifests)),
        );
    },
};

function judge(place: PolicyPlace, split: Split, manifests: readonly Manifest[]): Finding[] {
    const found = at(place.value, "tls", "mode");
    if (found === undefined || found === null) return [];
    const path = `${place.path}.tls.mode`;
    const seen = new Set<Manifest>();
    return modesOf(place, split, manifests).flatMap(({ mode, by }) => {
        if (seen.has(by)) return [];
        seen.add(by);
        const expected = `a mode that ${resourceName(by)} accepts`;
        if (found === UNKNOWN || mode === UNKNOWN) {
            return [findingAt(place.rule, path, UNKNOWN, expected, FIX)];
        }
        const against = CONTRADICTS[textOf(mode)] ?? [];
        return against.includes(textOf(found))
            ? [findingAt(place.rule, path, found, `${expected} (${textOf(mode)})`, FIX)]
            : [];
    });
}

/** The modes of the ports to which a policy applies. */
function modesOf(
    place: PolicyPlace,
    { hostRule, host, namespace, service }: Split,
    manifests: readonly Manifest[],
): PeerMode[] {
    if (host.startsWith("*")) return modesOfPattern(host, manifests);
    // Another registry declares hosts outside the cluster.
    if (!host.endsWith(".svc.cluster.local")) return [];
    const subset = subsetsOf(hostRule, service).find(({ name }) => name === place.subset);
    const selector = subset?.labels ?? at(service, "spec", "selector");
    const { found } = workloadsWith(selector, namespace, manifests);
    // PeerAuthentications have no effect on pods without a proxy.
    const pods = found.filter((one) => injectionOf(one, manifests) !== "none");
    if (found.length > 0 && pods.length === 0) return [];
    const { labels } = workloadsIn(manifests);
    const targets = pods.length > 0 ? pods : [undefined];
    return targets.flatMap((workload) => {
        const own = workload === undefined ? selector : labels.get(workload);
        return portsOf(place, { hostRule, service, workload }).flatMap(
            (port) => peerModeOf({ labels: own, namespace, port }, manifests) ?? [],
        );
    });
}

interface Target {
    readonly hostRule: Split["hostRule"];
    readonly service: Manifest | undefined;
    readonly workload: Manifest | undefined;
}

/** Container ports behind the Service's ports that a policy applies to. `[undefined]` if they are not known. */
function portsOf(place: PolicyPlace, { hostRule, service, workload }: Target): unknown[] {
    const ports = items(at(service, "spec", "ports")).map(([, port]) => port);
    const replaced = policyPlaces(hostRule)
        .filter(({ subset, port }) => subset === place.subset && port !== undefined)
        .map(({ port }) => port);
    const own = ports.filter((port) => {
        const number = at(port, "port");
        return place.port === undefined ? !replaced.includes(number) : place.port === number;
    });
    if (ports.length === 0) return [undefined];
    const template = workload && podTemplateOf(workload);
    const containers = items(at(template, "spec", "containers"));
    const declared = containers.flatMap(([, one]) => items(at(one, "ports")));
    return own.map((port) => {
        const target = at(port, "targetPort") ?? at(port, "port");
        if (typeof target !== "string") return target;
        const named = declared.find(([, one]) => at(one, "name") === target);
        return named && at(named[1], "containerPort");
    });
}

/** The modes of the namespaces that a pattern covers. */
function modesOfPattern(pattern: string, manifests: readonly Manifest[]): PeerMode[] {
    const suffix = pattern.slice(1);
    const namespaces = new Set(ofKind("PeerAuthentication", manifests).map(namespaceOf));
    return [...namespaces]
        .filter((one) => `.${one}.svc.cluster.local`.endsWith(suffix) || suffix === "")
        .flatMap((namespace) => peerModeOf({ namespace }, manifests) ?? []);
}
