/** Rule: the host of a Service is a short name or the full name. */

import { at, items, textOf, UNKNOWN } from "../../config/unknown";
import { routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { halfName } from "../lookup/mesh/halfName";
import { objectIndex } from "../lookup/mesh/objectIndex";
import { declarationOf, REGISTRY_KINDS, SERVICE } from "../lookup/mesh/registry";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import { type Finding, type Kind, type Manifest, ofKind, type ProgramRule } from "../rule";

const DESTINATION_RULE: Kind = { group: "networking.istio.io", kind: "DestinationRule" };
const ROUTE_FIX =
    "Use the full name: Istio completes only names without dots, so requests get 503.";
const RULE_FIX =
    "Use the full name: Istio ignores a DestinationRule for a host that no Service has.";
const HOST_FIX =
    "Use the full name: the routes do not apply to callers that use the Service's other names.";

export const halfHost: ProgramRule = {
    scope: "program",
    id: "half-host",
    group: "references",
    description: "A host must not be a Service's name and namespace without the cluster domain.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE, DESTINATION_RULE, ...REGISTRY_KINDS],
    options: {},
    check(manifests) {
        const destinations = routedIn(manifests).flatMap(({ virtualService, path, writtenHost }) =>
            judge(virtualService, `${path}.host`, writtenHost, ROUTE_FIX, manifests),
        );
        const rules = ofKind(DESTINATION_RULE.kind, manifests).flatMap((one) =>
            judge(one, "spec.host", at(one, "spec", "host"), RULE_FIX, manifests),
        );
        const hosts = ofKind(VIRTUAL_SERVICE.kind, manifests).flatMap((one) =>
            items(at(one, "spec", "hosts")).flatMap(([index, host]) =>
                judge(one, `spec.hosts[${index}]`, host, HOST_FIX, manifests).map((finding) => ({
                    ...finding,
                    // The routes apply to callers that use this very name.
                    advisory: true as const,
                })),
            ),
        );
        return [...destinations, ...rules, ...hosts];
    },
};

function judge(
    manifest: Manifest,
    path: string,
    host: unknown,
    fix: string,
    manifests: readonly Manifest[],
): Finding[] {
    if (host === UNKNOWN) {
        return [findingAt(manifest, path, UNKNOWN, "a fully qualified name", fix)];
    }
    const half = typeof host === "string" ? halfName(host) : undefined;
    if (half === undefined || declarationOf(textOf(host), manifests) !== undefined) return [];
    const { name, namespace } = half;
    if (objectIndex(manifests).named(SERVICE, namespace, name) === undefined) return [];
    return [findingAt(manifest, path, host, `${name}.${namespace}.svc.cluster.local`, fix)];
}
