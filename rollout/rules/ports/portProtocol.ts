/** Rule: a Service behind HTTP routes declares an HTTP port. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { HOST_KINDS } from "../lookup/hostPolicies";
import { isHttp, isTcp } from "../lookup/portProtocols";
import { serviceOf } from "../lookup/subsets";
import type { ProgramRule } from "../rule";

const ALLOWED = "a name such as http, http2, grpc or http-web, or an appProtocol such as http";
const FIX =
    "Declare the protocol: HTTP routes, timeouts and retries have no effect on a port that Istio treats as TCP.";

export const portProtocol: ProgramRule = {
    scope: "program",
    id: "port-protocol",
    group: "ports",
    description: "A Service behind HTTP routes must declare an HTTP port by name or appProtocol.",
    severity: "mandatory",
    kinds: HOST_KINDS,
    options: {},
    check(manifests) {
        const hosts = new Set(
            routedIn(manifests)
                .filter(({ protocol }) => protocol === "http")
                .map(({ host }) => host),
        );
        return [...hosts].flatMap((host) => {
            const service = host === UNKNOWN ? undefined : serviceOf(host, manifests);
            if (service === undefined) return [];
            const ports = items(at(service, "spec", "ports"));
            const declared = ports.map(([index, port]) => ({ index, port, http: isHttp(port) }));
            // One HTTP port is enough; the other ports may use any protocol.
            if (declared.some(({ http }) => http === true)) return [];
            // An unknown port may be the HTTP port.
            const unclear = declared.filter(({ http }) => http === UNKNOWN);
            const isDetected = declared.some(({ port }) => !isTcp(port));
            return [...unclear, ...declared].slice(0, 1).map(({ index, port }) => {
                const field = at(port, "appProtocol") === undefined ? "name" : "appProtocol";
                const path = `spec.ports[${index}].${field}`;
                const finding = findingAt(service, path, at(port, field), ALLOWED, FIX);
                // Istio detects HTTP in connections, unless the server speaks first.
                return isDetected ? { ...finding, advisory: true as const } : finding;
            });
        });
    },
};
