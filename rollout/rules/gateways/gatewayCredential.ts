/** Rule: the certificate of a Gateway is in its Secret. */

import { at, isMapping, items, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { GATEWAY } from "../lookup/mesh/gateways";
import { namesOf, objectIndex } from "../lookup/mesh/objectIndex";
import { misspelled } from "../lookup/mesh/typo";
import { ROOT_NAMESPACE } from "../lookup/policies/destinationRules";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import { WORKLOAD_KINDS, workloadsIn } from "../lookup/workloads";
import type { Finding, Kind, Manifest, ProgramRule } from "../rule";

const SECRET: Kind = { group: "", kind: "Secret" };
const FIX =
    "Correct the name or the Secret: without a certificate, the gateway closes every TLS connection.";
/** Names of the certificate and the key in a Secret (pkg/kube/credentials:ExtractCertInfo). */
const PAIRS = [
    ["tls.crt", "tls.key"],
    ["cert", "key"],
] as const;
/** TLS modes that need a certificate of the server. */
const WITH_CERTIFICATE: unknown[] = ["SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL"];

export const gatewayCredential: ProgramRule = {
    scope: "program",
    id: "gateway-credential",
    group: "gateways",
    description: "The credentialName of a Gateway should be a Secret with certificate and key.",
    severity: "advisory",
    kinds: [GATEWAY, SECRET, ...WORKLOAD_KINDS],
    options: {},
    check(manifests) {
        return objectIndex(manifests)
            .all(GATEWAY)
            .flatMap((gateway) =>
                items(at(gateway, "spec", "servers")).flatMap(([index, server]) =>
                    judge(gateway, `spec.servers[${index}].tls.credentialName`, server, manifests),
                ),
            );
    },
};

function judge(
    gateway: Manifest,
    path: string,
    server: unknown,
    manifests: readonly Manifest[],
): Finding[] {
    const name = at(server, "tls", "credentialName");
    const mode = at(server, "tls", "mode");
    const finding = (found: unknown, expected: string) =>
        findingAt(gateway, path, found, expected, FIX);
    if (name === UNKNOWN) return [finding(UNKNOWN, "the name of a Secret")];
    if (typeof name !== "string" || name.includes("://") || !WITH_CERTIFICATE.includes(mode)) {
        return [];
    }
    const namespace = namespaceOfPods(gateway, manifests);
    if (namespace === undefined) return [];
    const index = objectIndex(manifests);
    const secret = index.named(SECRET, namespace, name);
    if (secret !== undefined) {
        const expected = problemOf(secret);
        return expected === undefined ? [] : [finding(name, expected)];
    }
    const known = namesOf(index.within(SECRET, namespace));
    const meant = misspelled(name, known) ?? known.sort()[0];
    return meant === undefined ? [] : [finding(name, `a Secret of ${namespace}, such as ${meant}`)];
}

/** Istio reads the Secret in the namespace of the gateway's pods. Those of its own ingress gateway are known. */
function namespaceOfPods(gateway: Manifest, manifests: readonly Manifest[]): string | undefined {
    const selector = at(gateway, "spec", "selector");
    if (!isMapping(selector)) return undefined;
    const pods = [...workloadsIn(manifests).labels].find(([, labels]) =>
        Object.entries(selector).every(([key, value]) => at(labels, key) === value),
    );
    if (pods !== undefined) return namespaceOf(pods[0]);
    const isOwn = selector.istio === "ingressgateway" && Object.keys(selector).length === 1;
    return isOwn ? ROOT_NAMESPACE : undefined;
}

/** What a Secret lacks. Unknown data may have all of it. */
function problemOf(secret: Manifest): string | undefined {
    const sources = [at(secret, "data"), at(secret, "stringData")];
    if (sources.includes(UNKNOWN)) return undefined;
    const has = (key: string) => sources.some((one) => (at(one, key) ?? "") !== "");
    const pair = PAIRS.find((one) => one.every(has));
    const name = resourceName(secret);
    if (pair === undefined) return `a Secret with tls.crt and tls.key, unlike ${name}`;
    const [certificate] = pair;
    const isPem = isPemAt(secret, certificate);
    return isPem ? undefined : `a Secret whose ${certificate} is in PEM format, unlike ${name}`;
}

/** The API server lets stringData override data. */
function isPemAt(secret: Manifest, key: string): boolean {
    const plain = at(secret, "stringData", key);
    const value = plain ?? at(secret, "data", key);
    if (typeof value !== "string") return true;
    const text = plain === undefined ? Buffer.from(value, "base64").toString() : value;
    return text.includes("-----BEGIN ");
}
