/** Rule: a Gateway redirects plain text to HTTPS. */

import { at, items, textAt, textOf, UNKNOWN } from "../../config/unknown";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import type { ResourceRule } from "../rule";

const PLAIN = ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"];

export const plaintextRedirect: ResourceRule = {
    scope: "resource",
    id: "plaintext-redirect",
    group: "identity",
    description: "Every plain-text server of a Gateway must redirect to HTTPS.",
    severity: "mandatory",
    preset: "recommended",
    kinds: [{ group: "networking.istio.io", kind: "Gateway" }],
    options: {
        behindTls: {
            type: "array",
            items: { type: "string" },
            description: "Gateways, as namespace/name, behind a load balancer that terminates TLS.",
            default: [],
        },
    },
    check(manifest, { behindTls }) {
        const name = `${namespaceOf(manifest)}/${textAt(manifest, "metadata", "name")}`;
        if (items(behindTls).some(([, known]) => known === name)) return [];
        const finding = (path: string, found: unknown) => ({
            resource: resourceName(manifest),
            path,
            found,
            expected: "true",
            fix: "Set it, or remove the server: anyone on the network path can read and change plain-text requests.",
        });
        const servers = at(manifest, "spec", "servers");
        if (servers === UNKNOWN) return [finding("spec.servers", UNKNOWN)];
        return items(servers).flatMap(([index, server]) => {
            const protocol = at(server, "port", "protocol");
            const redirect = at(server, "tls", "httpsRedirect");
            const plain =
                protocol === UNKNOWN || PLAIN.includes(textOf(protocol ?? "").toUpperCase());
            if (!plain || redirect === true) return [];
            const found = protocol === UNKNOWN ? UNKNOWN : redirect;
            return [finding(`spec.servers[${index}].tls.httpsRedirect`, found)];
        });
    },
};
