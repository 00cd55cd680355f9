/** Rule: callers use the TLS that pods ask for. */
import { findingAt } from "./findingAt";
import { fullHost, namespaceOf, resourceName } from "./names";
import type { Finding, Manifest, ProgramRule } from "./rule";
import { at, textAt, UNKNOWN } from "./unknown";

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
        return manifests
            .filter(({ kind }) => kind === "DestinationRule")
            .flatMap((rule) => judge(rule, manifests));
    },
};

function judge(rule: Manifest, manifests: readonly Manifest[]): Finding[] {
    const found = at(rule, "spec", "trafficPolicy", "tls", "mode");
    if (found === undefined) return [];
    const host = fullHost(textAt(rule, "spec", "host") ?? "", namespaceOf(rule));
    return manifests
        .filter((one) => one.kind === "PeerAuthentication" && concerns(one, host, manifests))
        .flatMap((peers) => {
            const mode = at(peers, "spec", "mtls", "mode");
            const allowed = `what ${resourceName(peers)} takes: ${String(mode === UNKNOWN ? "not known yet" : mode)}`;
            const path = "spec.trafficPolicy.tls.mode";
            if (found === UNKNOWN || mode === UNKNOWN) {
                return [findingAt(rule, path, UNKNOWN, allowed, FIX)];
            }
            const against = CONTRADICTS[String(mode)] ?? [];
            return against.includes(String(found))
                ? [findingAt(rule, path, found, allowed, FIX)]
                : [];
        });
}

/** Whether a PeerAuthentication is for all pods of the host's namespace, or selects those of its Service. */
function concerns(peers: Manifest, host: string, manifests: readonly Manifest[]): boolean {
    const [name, namespace] = host.split(".");
    if (namespaceOf(peers) !== namespace) return false;
    const selected = at(peers, "spec", "selector", "matchLabels");
    if (selected === undefined || selected === null) return true;
    const service = manifests.find(
        (one) =>
            one.kind === "Service" &&
            namespaceOf(one) === namespace &&
            textAt(one, "metadata", "name") === name,
    );
    return Object.entries(selected).every(
        ([key, value]) => at(service, "spec", "selector", key) === value,
    );
}
