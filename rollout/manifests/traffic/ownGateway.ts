/** The Gateway that the rollout creates: it serves its hosts with TLS, and redirects plain text to TLS or does not listen for it. */
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { Plan } from "../../plan/plan";
import { objectLabels } from "../labels";

const MIN_VERSIONS = { "1.2": "TLSV1_2", "1.3": "TLSV1_3" } as const;

/** Undefined if the config has no `gateway.tls`. */
export function gateway({ gateway, hosts }: RolloutConfig, { app, namespace }: Plan) {
    const { tls, plaintext = "redirect", selector = { istio: "ingressgateway" } } = gateway;
    if (tls === undefined) return undefined;
    // Only VirtualServices of this namespace may bind these hosts.
    const served = hosts.map((host) => `${namespace}/${host}`);
    const secure = {
        port: { number: 443, name: "https", protocol: "HTTPS" },
        hosts: served,
        tls: {
            mode: "SIMPLE" as const,
            credentialName: tls.credentialName,
            minProtocolVersion: MIN_VERSIONS[tls.minVersion],
        },
    };
    const redirect = {
        port: { number: 80, name: "http", protocol: "HTTP" },
        hosts: served,
        tls: { httpsRedirect: true },
    };
    return {
        apiVersion: "networking.istio.io/v1" as const,
        kind: "Gateway" as const,
        metadata: { name: app, namespace, labels: objectLabels(app) },
        spec: { selector, servers: plaintext === "redirect" ? [secure, redirect] : [secure] },
    };
}
