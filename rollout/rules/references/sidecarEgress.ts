/** Rule: a Sidecar imports the hosts that are split. */

import { at, items, textAt, textOf, UNKNOWN } from "../../config/unknown";
import { routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { isOnMesh } from "../lookup/mesh/gateways";
import { clusterName } from "../lookup/mesh/registry";
import { isShared, visibleIn } from "../lookup/mesh/visibility";
import { namespaceOf } from "../lookup/resourceName";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import { type Finding, type Kind, type Manifest, ofKind, type ProgramRule } from "../rule";

const SIDECAR: Kind = { group: "networking.istio.io", kind: "Sidecar" };
const FIX =
    "Add it if the pods of this Sidecar call the Service: without the host, they get no split and no timeout.";

export const sidecarEgress: ProgramRule = {
    scope: "program",
    id: "sidecar-egress",
    group: "references",
    description: "The Sidecar of a namespace should import the split Services that its pods call.",
    severity: "advisory",
    kinds: [VIRTUAL_SERVICE, SIDECAR],
    options: {},
    check(manifests) {
        const splits = splitServices(manifests);
        return ofKind(SIDECAR.kind, manifests).flatMap((one) => judge(one, splits));
    },
};

interface Split {
    readonly host: string;
    readonly namespace: string;
    /** Namespaces that see the routes. */
    readonly scope: string[] | typeof UNKNOWN;
}

/** Services with several subsets in a VirtualService for sidecars. */
function splitServices(manifests: readonly Manifest[]): Split[] {
    const splits = new Map<string, { subsets: Set<string>; split: Split }>();
    for (const { host, subset, virtualService } of routedIn(manifests)) {
        const service = host === UNKNOWN ? undefined : clusterName(host);
        if (host === UNKNOWN || service === undefined || typeof subset !== "string") continue;
        if (isOnMesh(virtualService) !== true) continue;
        const split: Split = {
            host,
            namespace: service.namespace,
            scope: visibleIn(virtualService),
        };
        const entry = splits.get(host) ?? { subsets: new Set<string>(), split };
        entry.subsets.add(subset);
        splits.set(host, entry);
    }
    return [...splits.values()].flatMap(({ subsets, split }) => (subsets.size > 1 ? [split] : []));
}

function judge(sidecar: Manifest, splits: readonly Split[]): Finding[] {
    const egress = at(sidecar, "spec", "egress");
    const listeners = items(egress).map(([, one]) => at(one, "hosts"));
    const hosts = listeners.flatMap((list) => items(list).map(([, host]) => host));
    const namespace = namespaceOf(sidecar);
    const visible = splits.filter(({ scope }) => isShared(scope, [namespace]));
    if ([egress, ...listeners, ...hosts].includes(UNKNOWN)) {
        const expected = "the hosts of split Services";
        return visible.length === 0
            ? []
            : [findingAt(sidecar, "spec.egress", UNKNOWN, expected, FIX)];
    }
    // Without egress, the Sidecar imports everything.
    if (
        hosts.length === 0 ||
        textAt(sidecar, "spec", "outboundTrafficPolicy", "mode") === "REGISTRY_ONLY"
    ) {
        return [];
    }
    const hidden = visible.filter(
        (one) => !hosts.some((host) => imports(textOf(host), one, namespace)),
    );
    if (hidden.length === 0) return [];
    const names = hidden.map((one) => `${one.namespace}/${one.host}`).sort();
    const expected = `also ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`;
    return [findingAt(sidecar, "spec.egress", hosts, expected, FIX)];
}

/** An egress host is `namespace/host`, where both may be patterns. */
function imports(egress: string, { host, namespace }: Split, own: string): boolean {
    const slash = egress.indexOf("/");
    const [scope, name] = [egress.slice(0, Math.max(slash, 0)), egress.slice(slash + 1)];
    const isInScope = ["*", namespace].includes(scope === "." ? own : scope);
    const isNamed =
        name === "*" || name === host || (name.startsWith("*.") && host.endsWith(name.slice(1)));
    return isInScope && isNamed;
}
