/** Traffic policies of DestinationRules: validateTrafficPolicy of pkg/config/validation/validation.go. */

import type { Field } from "../field";
import { parseGoDuration } from "../schema/goDuration";
import { checkPercent, checkPort } from "./common";
import { checkLoadBalancer } from "./loadBalancer";
import { checkClientTls } from "./tls";
import { isIp } from "./values/addresses";
import { isHost } from "./values/validNames";

const MILLISECOND = 1e6;
const OF_PORT = ["outlierDetection", "connectionPool", "loadBalancer", "tls"];
const OF_POLICY = [...OF_PORT, "portLevelSettings", "tunnel", "proxyProtocol", "retryBudget"];

export function checkTrafficPolicy(policy: Field, namespace: string): void {
    if (!policy.isSet || policy.isUnknown) return;
    if (!requireOne(policy, OF_POLICY)) return;
    const [tunnel, proxy] = [policy.get("tunnel"), policy.get("proxyProtocol")];
    if (tunnel.isSet && proxy.isSet) {
        proxy.reject("no value beside tunnel", "Keep one of tunnel and proxyProtocol.");
    }
    checkSettings(policy, namespace);
    checkTunnel(tunnel);
    for (const port of policy.get("portLevelSettings").items) {
        if (port.isUnknown) continue;
        if (!port.get("port").isSet) {
            port.get("port").reject(
                "a port, such as {number: 80}",
                "Name the port that the settings are for.",
            );
        }
        if (requireOne(port, OF_PORT)) checkSettings(port, namespace);
    }
}

function requireOne(policy: Field, names: readonly string[]): boolean {
    const isEmptyList = ({ value }: Field) => Array.isArray(value) && value.length === 0;
    const fields = names.map((name) => policy.get(name));
    if (fields.some((field) => field.isSet && !isEmptyList(field))) return true;
    policy.reject(`at least one of ${names.join(", ")}`, "Add settings, or remove the policy.");
    return false;
}

function checkSettings(policy: Field, namespace: string): void {
    const outlier = policy.get("outlierDetection");
    checkOutlierDetection(outlier);
    checkConnectionPool(policy.get("connectionPool"));
    checkLoadBalancer(policy.get("loadBalancer"), outlier.isSet);
    checkClientTls(policy.get("tls"), namespace);
}

/** validateOutlierDetection. */
function checkOutlierDetection(outlier: Field): void {
    if (!outlier.isSet || outlier.isUnknown) return;
    const deprecated = outlier.get("consecutiveErrors");
    if (deprecated.isFilled) {
        deprecated.warn(
            "no value",
            "Use consecutive5xxErrors or consecutiveGatewayErrors: this field is deprecated.",
        );
    }
    const local = outlier.get("consecutiveLocalOriginFailures");
    const split = outlier.get("splitExternalLocalOriginErrors");
    if ((local.number ?? 0) > 0 && !split.isFilled) {
        local.reject(
            "no value without splitExternalLocalOriginErrors: true",
            "Set splitExternalLocalOriginErrors, or remove this field.",
        );
    }
    checkPercent(outlier.get("maxEjectionPercent"));
    checkPercent(outlier.get("minHealthPercent"));
}

const HTTP_LIMITS = [
    "http1MaxPendingRequests",
    "http2MaxRequests",
    "maxRequestsPerConnection",
    "maxRetries",
    "maxConcurrentStreams",
];

/** validateConnectionPool. */
export function checkConnectionPool(pool: Field): void {
    if (!pool.isSet || pool.isUnknown) return;
    const [http, tcp] = [pool.get("http"), pool.get("tcp")];
    if (!http.isSet && !tcp.isSet) {
        pool.reject("http or tcp settings", "Add limits, or remove the pool.");
    }
    for (const limit of [...HTTP_LIMITS.map((name) => http.get(name)), tcp.get("maxConnections")]) {
        if ((limit.number ?? 0) < 0) limit.reject("0 or more", "Use 0 for no limit.");
    }
    const idle = tcp.get("idleTimeout");
    if (idle.isSet) {
        idle.rejectUnless(
            isIdleTimeout,
            'a duration in whole milliseconds, such as "1h", or 0s',
            "Correct the duration; 0s switches the timeout off.",
        );
    }
    const client = http.get("useClientProtocol");
    if (client.value === true && http.get("h2UpgradePolicy").value === "UPGRADE") {
        client.reject("false with h2UpgradePolicy UPGRADE", "Keep one of the two settings.");
    }
}

/** Istio reads less than 1ms as 0, which the schemas forbid for all other durations. */
function isIdleTimeout(text: string): boolean {
    const duration = parseGoDuration(text);
    if (duration === undefined) return false;
    return Math.abs(duration) < MILLISECOND || (duration > 0 && duration % MILLISECOND === 0);
}

/** validateTunnelSettings. */
function checkTunnel(tunnel: Field): void {
    if (!tunnel.isSet || tunnel.isUnknown) return;
    tunnel
        .get("protocol")
        .rejectUnless(
            (text) => ["", "CONNECT", "POST"].includes(text),
            '"CONNECT" or "POST"',
            "Use one of them, in upper case.",
        );
    tunnel
        .get("targetHost")
        .rejectUnless(
            (text) => isHost(text) || isIp(text),
            "a host name or an IP address",
            "Set the host that the tunnel leads to.",
        );
    checkPort(tunnel.get("targetPort"));
}
