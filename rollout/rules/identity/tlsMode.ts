/** Rule: callers use the TLS that pods ask for. */

import { at, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { namespaceOf, resourceName } from "../lookup/names";
import { type Split, serviceOf, splitsIn } from "../lookup/subsets";
import { type Finding, type Manifest, ofKind, type ProgramRule } from "../rule";

const FIX =
    "Leave tls out: Istio then uses what each pod takes. A mode that contradicts it ends every request with 503.";

/** Modes of a DestinationRule that cannot reach pods of a PeerAuthentication mode. */
const CONTRADICTS: Readonly<Record<string, readonly string[]>> = {
    STRICT: ["DISABLE", "SIMPLE", "MUTUAL"],
    DISABLE: ["ISTIO_MUTUAL"],
};

export const tlsMode: ProgramRule = {
    scope: "program",
    id: "tls-mode",
    group: "identity",
    description:
        "The TLS mode of a DestinationRule is one that its host's PeerAuthentication takes.",
    severity: "mandatory",
    kinds: [
        { group: "networking.istio.io", kind: "DestinationRule" },
        { group: "security.istio.io", kind: "PeerAuthentication" },
        { group: "", kind: "Service" },
    ],
    options: {},
    check(manifests) {
        return splitsIn(manifests).flatMap((split) => judge(split, manifests));
    },
};

function judge({ rule, host }: Split, manifests: readonly Manifest[]): Finding[] {
    const found = at(rule, "spec", "trafficPolicy", "tls", "mode");
    if (found === undefined) return [];
    return ofKind("PeerAuthentication", manifests)
        .filter((one) => concerns(one, host, manifests))
        .flatMap((peers) => {
            const mode = at(peers, "spec", "mtls", "mode");
            const expected = `what ${resourceName(peers)} takes`;
            const path = "spec.trafficPolicy.tls.mode";
            if (found === UNKNOWN || mode === UNKNOWN) {
                return [findingAt(rule, path, UNKNOWN, expected, FIX)];
            }
            const against = CONTRADICTS[String(mode)] ?? [];
            return against.includes(String(found))
                ? [findingAt(rule, path, found, `${expected}: ${String(mode)}`, FIX)]
                : [];
        });
}

/** Whether a PeerAuthentication is for all pods of the host's namespace, or selects those of its Service. */
function concerns(peers: Manifest, host: string, manifests: readonly Manifest[]): boolean {
    if (namespaceOf(peers) !== host.split(".")[1]) return false;
    const selected = at(peers, "spec", "selector", "matchLabels");
    if (selected === undefined || selected === null) return true;
    const service = serviceOf(host, manifests);
    return Object.entries(selected).every(
        ([key, value]) => at(service, "spec", "selector", key) === value,
    );
}
