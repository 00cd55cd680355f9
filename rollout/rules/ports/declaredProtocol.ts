/** Rule: every port of a Service declares its protocol. */

import { at, items, textAt } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { isExternalName, SERVICE } from "../lookup/mesh/registry";
import { declares } from "../lookup/portProtocols";
import { namespaceOf } from "../lookup/resourceName";
import type { Finding, Manifest, ResourceRule } from "../rule";

const EXPECTED = "a name such as http, grpc-web or tcp-db, or an appProtocol such as http";
const FIX =
    "Declare the protocol: Istio guesses the protocol of each connection, and waits for a client that lets the server speak first.";
const EXTERNAL_FIX =
    "Declare the protocol: another TCP Service with this port may get the requests for this one.";
/** Istio's analyzers skip these too (pkg/config/analysis/analyzers/util:IsSystemNamespace). */
const SYSTEM = ["istio-system", "kube-system", "kube-public"];
const MANAGED = "gateway.istio.io/managed";

export const declaredProtocol: ResourceRule = {
    scope: "resource",
    id: "declared-protocol",
    group: "ports",
    description: "Every port of a Service should declare its protocol by name or appProtocol.",
    severity: "advisory",
    preset: "recommended",
    kinds: [SERVICE],
    options: {},
    check(manifest) {
        const managed = at(manifest, "metadata", "labels", MANAGED);
        if (SYSTEM.includes(namespaceOf(manifest)) || managed !== undefined) return [];
        return items(at(manifest, "spec", "ports")).flatMap(([index, port]) =>
            judge(manifest, `spec.ports[${index}]`, port),
        );
    },
};

function judge(service: Manifest, path: string, port: unknown): Finding[] {
    const transport = textAt(port, "protocol") ?? "TCP";
    // Istio routes TCP only.
    if (transport === "UDP" || transport === "SCTP") return [];
    const field = at(port, "appProtocol") === undefined ? "name" : "appProtocol";
    const found = at(port, field);
    const isPlain = isExternalName(service) && field === "name" && found === "tcp";
    if (declares(port) === true && !isPlain) return [];
    const fix = isExternalName(service) ? EXTERNAL_FIX : FIX;
    return [findingAt(service, `${path}.${field}`, found, EXPECTED, fix)];
}
