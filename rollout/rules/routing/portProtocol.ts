/** Rule: Istio is told that a port speaks HTTP where HTTP routes lead to it. */

import { at, items, UNKNOWN } from "../../config/unknown";
import { routedIn } from "../lookup/destinations";
import { findingAt } from "../lookup/findingAt";
import { HOST_KINDS } from "../lookup/hostPolicies";
import { isHttp } from "../lookup/ports";
import { serviceOf } from "../lookup/subsets";
import type { ProgramRule } from "../rule";

const ALLOWED = "a name such as http, http2, grpc or http-web, or such an appProtocol";
const FIX =
    "Say what the port speaks: on a port that Istio takes for TCP no HTTP route, timeout or retry holds.";

export const portProtocol: ProgramRule = {
    scope: "program",
    id: "port-protocol",
    group: "routing",
    description: "A Service that HTTP routes lead to names its ports for HTTP.",
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
            const judged = ports.map(([index, port]) => ({ index, port, http: isHttp(port) }));
            // Other ports may speak what they like as long as one is for the routes.
            if (judged.some(({ http }) => http === true)) return [];
            // One that is not known yet may be it.
            const unclear = judged.filter(({ http }) => http === UNKNOWN);
            return [...unclear, ...judged].slice(0, 1).map(({ index, port }) => {
                const field = at(port, "appProtocol") === undefined ? "name" : "appProtocol";
                return findingAt(
                    service,
                    `spec.ports[${index}].${field}`,
                    at(port, field),
                    ALLOWED,
                    FIX,
                );
            });
        });
    },
};
