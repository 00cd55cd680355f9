/** Rule: a Gateway redirects plain text to HTTPS. */

import { at, items, textAt, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { API_GATEWAY, isRedirect } from "../lookup/mesh/gatewayApi";
import { GATEWAY } from "../lookup/mesh/gateways";
import { gatewayParents, servesHost } from "../lookup/mesh/listeners";
import { NAMESPACE, objectIndex } from "../lookup/mesh/objectIndex";
import { namespaceOf, resourceName } from "../lookup/resourceName";
import { HTTP_ROUTE } from "../lookup/routes";
import type { Finding, Manifest, ProgramRule } from "../rule";

const PLAIN = ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"];
const WHY = "anyone on the network path can read and change plain-text requests.";
const LISTENER_FIX = `Name an HTTPS listener, and let an HTTPRoute with a RequestRedirect filter have the other: ${WHY}`;

export const plaintextRedirect: ProgramRule = {
    scope: "program",
    id: "plaintext-redirect",
    group: "identity",
    description: "Every plain-text server or listener of a Gateway must redirect to HTTPS.",
    severity: "mandatory",
    preset: "recommended",
    kinds: [GATEWAY, HTTP_ROUTE, API_GATEWAY, NAMESPACE],
    options: {
        behindTls: {
            type: "array",
            items: { type: "string" },
            description: "Gateways, as namespace/name, behind a load balancer that terminates TLS.",
            default: [],
        },
    },
    check(manifests, { behindTls }) {
        const behind = items(behindTls).map(([, name]) => textOf(name));
        const index = objectIndex(manifests);
        return [
            ...index
                .all(GATEWAY)
                .filter((gateway) => !behind.includes(fullNameOf(gateway)))
                .flatMap(judge),
            ...index.all(HTTP_ROUTE).flatMap((route) => judgeRoute(route, manifests, behind)),
        ];
    },
};

function fullNameOf(gateway: Manifest): string {
    return `${namespaceOf(gateway)}/${textAt(gateway, "metadata", "name")}`;
}

function judge(gateway: Manifest): Finding[] {
    const finding = (path: string, found: unknown) =>
        findingAt(gateway, path, found, "true", `Set it, or remove the server: ${WHY}`);
    const servers = at(gateway, "spec", "servers");
    if (servers === UNKNOWN) return [finding("spec.servers", UNKNOWN)];
    return items(servers).flatMap(([index, server]) => {
        const protocol = at(server, "port", "protocol");
        const redirect = at(server, "tls", "httpsRedirect");
        const plain = protocol === UNKNOWN || PLAIN.includes(textOf(protocol ?? "").toUpperCase());
        if (!plain || redirect === true) return [];
        const found = protocol === UNKNOWN ? UNKNOWN : redirect;
        return [finding(`spec.servers[${index}].tls.httpsRedirect`, found)];
    });
}

/** A listener of the Gateway API has no redirect: its routes redirect, or serve plain text. */
function judgeRoute(
    route: Manifest,
    manifests: readonly Manifest[],
    behind: readonly string[],
): Finding[] {
    const rules = at(route, "spec", "rules");
    if (rules !== UNKNOWN && items(rules).every(([, rule]) => isRedirect(rule))) return [];
    const hosts = items(at(route, "spec", "hostnames")).map(([, host]) => host);
    return gatewayParents(route, manifests).flatMap(({ parent, gateway, listeners }) => {
        if (gateway === undefined || behind.includes(fullNameOf(gateway))) return [];
        const plain = listeners.find(
            (one) =>
                at(one, "protocol") === "HTTP" &&
                (hosts.length === 0 || hosts.some((host) => servesHost(one, host))),
        );
        if (plain === undefined) return [];
        const name = textAt(plain, "name") ?? "without a name";
        const expected = `a listener of ${resourceName(gateway)} with TLS, unlike ${name}`;
        const found = rules === UNKNOWN ? UNKNOWN : parent.sectionName;
        return [findingAt(route, `${parent.path}.sectionName`, found, expected, LISTENER_FIX)];
    });
}
