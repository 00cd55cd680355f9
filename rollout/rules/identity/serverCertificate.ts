/** Rule: TLS to a Service verifies the certificate of the server. */

import { at, textAt, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { type PolicyPlace, placesIn } from "../lookup/policies/trafficPolicies";
import { fullHost, namespaceOf } from "../lookup/resourceName";
import type { Finding, Manifest, ResourceRule } from "../rule";

const SKIPPED_FIX = "Remove it, and name the CA in `caCertificates`: anyone can answer instead.";
const MISSING_FIX =
    "Set it: the proxy otherwise trusts only public CAs, which sign no name of a cluster, so every request fails with 503.";

export const serverCertificate: ResourceRule = {
    scope: "resource",
    id: "server-certificate",
    group: "identity",
    description: "A DestinationRule with TLS to a Service should name the CA of the server.",
    severity: "advisory",
    kinds: [{ group: "networking.istio.io", kind: "DestinationRule" }],
    options: {},
    check: (manifest) => placesIn(manifest).flatMap(judge),
};

function judge({ rule, path, value }: PolicyPlace): Finding[] {
    const tls = at(value, "tls");
    const mode = at(tls, "mode");
    if (mode === UNKNOWN) {
        return [findingAt(rule, `${path}.tls.mode`, mode, "a mode with a CA", MISSING_FIX)];
    }
    if (mode !== "SIMPLE" && mode !== "MUTUAL") return [];
    if (at(tls, "insecureSkipVerify") === true) {
        const place = `${path}.tls.insecureSkipVerify`;
        return [findingAt(rule, place, true, "no insecureSkipVerify", SKIPPED_FIX)];
    }
    const ca = at(tls, "caCertificates");
    // Gateways read the CA from the Secret, and so do sidecars that a selector names.
    const hasSecret = at(tls, "credentialName") && at(rule, "spec", "workloadSelector");
    if (!isOfCluster(rule) || hasSecret || (ca !== undefined && ca !== null && ca !== ""))
        return [];
    const expected = "the file with the CA of the server";
    return [findingAt(rule, `${path}.tls.caCertificates`, ca, expected, MISSING_FIX)];
}

/** Whether the host is a Service, or all Services of a namespace. */
function isOfCluster(rule: Manifest): boolean {
    const host = textAt(rule, "spec", "host");
    return host !== undefined && /\.svc\.cluster\.local$/.test(fullHost(host, namespaceOf(rule)));
}
