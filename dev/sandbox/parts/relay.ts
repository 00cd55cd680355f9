// Relays from loopback ports on the machine into the sandbox's network namespace.

import { network } from "../layout";
import type { Daemon } from "../processes/daemon";
import type { PartContext } from "./partContext";

/** For kubectl, istioctl and pulumi. */
export function apiRelay(context: PartContext): Daemon {
    const to = `${network.node}:${network.apiPort}`;
    return relay(context, "relay-api", context.ports.api, to, "https");
}

/** For a browser and for `istio-canary`. */
export function prometheusRelay(context: PartContext): Daemon {
    const to = `127.0.0.1:${network.prometheusPort}`;
    return relay(context, "relay-prometheus", context.ports.prometheus, to, "http");
}

/** For callers outside the mesh: both ports of the ingress gateway. */
export function ingressRelays(context: PartContext): Daemon[] {
    const { http, https } = context.ports;
    return [
        relay(context, "relay-http", http, `${network.ingress}:80`, "http"),
        relay(context, "relay-https", https, `${network.ingress}:443`, "https"),
    ];
}

/** socat listens on the machine; for each connection, a child enters the namespace and connects there. */
function relay(
    { layout }: PartContext,
    name: string,
    port: number,
    to: string,
    scheme: string,
): Daemon {
    const inside = `nsenter --net=${layout.networkNamespace} socat STDIO TCP:${to},nodelay`;
    return {
        name,
        after: ["node"],
        on: "host",
        command: [
            "socat",
            `TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr,fork,nodelay`,
            `EXEC:"${inside}"`,
        ],
        // Checks that it listens; the relay's destination has its own health check.
        health: { command: ["socat", "-u", "OPEN:/dev/null", `TCP:127.0.0.1:${port}`] },
        address: `${scheme}://127.0.0.1:${port}`,
    };
}
