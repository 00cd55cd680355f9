/** Rule: callers use a TLS mode that the pods accept. */

import { at, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import { type Split, serviceOf, splitsIn } from "../lookup/subsets";
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
        .filter((one) => appliesTo(one, host, manifests))
        .flatMap((peers) => {
            const mode = at(peers, "spec", "mtls", "mode");
            const expected = `a mode that ${resourceName(peers)} accepts`;
            const path = "spec.trafficPolicy.tls.mode";
            if (found === UNKNOWN || mode === UNKNOWN) {
                return [findingAt(rule, path, UNKNOWN, expected, FIX)];
            }
            const against = CONTRADICTS[String(mode)] ?? [];
            return against.includes(String(found))
                ? [findingAt(rule, path, found, `${expected} (${String(mode)})`, FIX)]
                : [];
        });
}

/** Whether a PeerAuthentication applies to the host's whole namespace, or selects the pods of its Service. */
function appliesTo(peers: Manifest, host: string, manifests: readonly Manifest[]): boolean {
    if (namespaceOf(peers) !== host.split(".")[1]) return false;
    const selected = at(peers, "spec", "selector", "matchLabels");
    if (selected === undefined || selected === null) return true;
    const service = serviceOf(host, manifests);
    return Object.entries(selected).every(
        ([key, value]) => at(service, "spec", "selector", key) === value,
    );
}
