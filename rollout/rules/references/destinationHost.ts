/** Rule: a destination is a host that exists. */

import { textAt, UNKNOWN } from "../../config/unknown";
import { type Routed, routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { halfName } from "../lookup/mesh/halfName";
import { hasNamespace, namesOf, objectIndex } from "../lookup/mesh/objectIndex";
import {
    clusterName,
    declarationOf,
    entryHosts,
    namespacesWith,
    REGISTRY_KINDS,
    SERVICE,
    SERVICE_ENTRY,
} from "../lookup/mesh/registry";
import { misspelled } from "../lookup/mesh/typo";
import { isShared, visibleIn } from "../lookup/mesh/visibility";
import { DESTINATION_RULE } from "../lookup/policies/destinationRules";
import { fullHost, namespaceOf, resourceName } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

const EXPECTED = "the host of a Service or ServiceEntry";
const FIX = "Correct the host: Envoy answers 503 if no Service or ServiceEntry has it.";
const RULE_FIX = "Correct the host: a DestinationRule for another host has no effect.";

export const destinationHost: ProgramRule = {
    scope: "program",
    id: "destination-host",
    group: "references",
    description:
        "Every destination, and the host of a DestinationRule, must be a Service or ServiceEntry.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE, DESTINATION_RULE, ...REGISTRY_KINDS],
    options: {},
    check: (manifests) => [
        ...routedIn(manifests).flatMap((routed) => judge(routed, manifests)),
        ...ofKind(DESTINATION_RULE.kind, manifests).flatMap((one) => judgeRule(one, manifests)),
    ],
};

function judge(routed: Routed, manifests: readonly Manifest[]): Finding[] {
    const { virtualService, host, writtenHost } = routed;
    const path = `${routed.path}.host`;
    if (writtenHost === UNKNOWN) return [findingAt(virtualService, path, UNKNOWN, EXPECTED, FIX)];
    if (host === UNKNOWN || host.includes("*") || host === "") return [];
    const declaration = declarationOf(host, manifests);
    if (declaration !== undefined) return hidden(routed, declaration);
    // half-host reports these.
    if (halfName(host) !== undefined) return [];
    const missing = missingHost(host, { by: virtualService, writtenHost }, manifests);
    if (missing === undefined) return [];
    const { expected, isCertain } = missing;
    const finding = findingAt(virtualService, path, writtenHost, expected, FIX);
    return [isCertain ? finding : { ...finding, advisory: true }];
}

/** Without its host, a DestinationRule has no effect, and breaks no request. */
function judgeRule(rule: Manifest, manifests: readonly Manifest[]): Finding[] {
    const writtenHost = textAt(rule, "spec", "host");
    if (writtenHost === undefined) return [];
    const host = fullHost(writtenHost, namespaceOf(rule));
    const isCovered = declarationOf(host, manifests) !== undefined;
    if (isCovered || host.includes("*") || halfName(host) !== undefined) return [];
    const missing = missingHost(host, { by: rule, writtenHost }, manifests);
    if (missing === undefined) return [];
    const finding = findingAt(rule, "spec.host", writtenHost, missing.expected, RULE_FIX);
    return [{ ...finding, advisory: true }];
}

/** Certain: the host is misspelled. Otherwise another program may declare it. */
interface Missing {
    readonly expected: string;
    readonly isCertain: boolean;
}

/** An object and the host that it names. */
interface Naming {
    readonly by: Manifest;
    readonly writtenHost: unknown;
}

function missingHost(
    host: string,
    naming: Naming,
    manifests: readonly Manifest[],
): Missing | undefined {
    const cluster = clusterName(host);
    return cluster === undefined
        ? missingEntry(host, naming.by, manifests)
        : missingService(cluster, naming, manifests);
}

function missingService(
    { name, namespace }: { readonly name: string; readonly namespace: string },
    { by, writtenHost }: Naming,
    manifests: readonly Manifest[],
): Missing | undefined {
    const known = namesOf(objectIndex(manifests).within(SERVICE, namespace));
    const meant = misspelled(name, known);
    if (meant !== undefined) {
        return {
            expected: `${EXPECTED}, such as ${meant}.${namespace}.svc.cluster.local`,
            isCertain: true,
        };
    }
    const elsewhere = namespacesWith(name, manifests);
    if (writtenHost === name && elsewhere.length > 0 && hasNamespace(by)) {
        const hosts = elsewhere.sort().map((one) => `${name}.${one}.svc.cluster.local`);
        return { expected: `a full name, such as ${hosts[0]}`, isCertain: false };
    }
    if (known.length === 0) return undefined;
    return {
        expected: `${EXPECTED} in namespace ${namespace} (${listed(known)})`,
        isCertain: false,
    };
}

function missingEntry(
    host: string,
    by: Manifest,
    manifests: readonly Manifest[],
): Missing | undefined {
    const known = entryHosts(manifests);
    const meant = misspelled(host, known);
    if (meant !== undefined) return { expected: `${EXPECTED}, such as ${meant}`, isCertain: true };
    const own = objectIndex(manifests).within(SERVICE_ENTRY, namespaceOf(by));
    if (own.length === 0) return undefined;
    return { expected: `${EXPECTED} (${listed(known)})`, isCertain: false };
}

/** A host that no namespace with this route sees. */
function hidden({ virtualService, path, writtenHost }: Routed, declaration: Manifest): Finding[] {
    const scope = visibleIn(declaration);
    const viewers = visibleIn(virtualService);
    const callers =
        viewers === UNKNOWN || !viewers.includes("*") ? viewers : [namespaceOf(virtualService)];
    if (isShared(scope, callers)) return [];
    const names = callers === UNKNOWN ? "its callers" : callers.join(", ");
    const expected = `a host that is exported to ${names}, unlike ${resourceName(declaration)}`;
    const fix = "Export it to the namespaces of its callers: their proxies have no cluster for it.";
    return [findingAt(virtualService, `${path}.host`, writtenHost, expected, fix)];
}

/** At most five names. */
function listed(names: readonly string[]): string {
    const first = [...names].sort().slice(0, 5).join(", ");
    return names.length > 5 ? `${first}, …` : first;
}
