/** The protocol that a Service port declares (pkg/config/kube/conversion.go:ConvertProtocol). */
import { at, UNKNOWN } from "../../config/unknown";

/** Protocols that Istio treats as HTTP. */
const HTTP = ["http", "http2", "grpc", "grpc-web", "http_proxy"];
/** Protocols whose requests Istio does not read. */
const TCP = ["tcp", "udp", "https", "tls", "mongo", "redis", "mysql"];
/** Ports where the server speaks first. Istio does not detect the protocol there. */
const TCP_PORTS = [25, 53, 3306, 27017];

/** Values of `appProtocol` that Kubernetes defines. */
const KUBERNETES: Readonly<Record<string, string>> = {
    "kubernetes.io/h2c": "http2",
    "kubernetes.io/ws": "http",
    "kubernetes.io/wss": "https",
};

/** Whether a port declares HTTP. UNKNOWN if its name is unknown. */
export function isHttp(port: unknown): boolean | typeof UNKNOWN {
    const protocol = declared(port);
    return protocol === UNKNOWN ? UNKNOWN : HTTP.includes(protocol);
}

/** Whether Istio treats a port as TCP. Otherwise it is HTTP, or Istio detects the protocol of each connection. */
export function isTcp(port: unknown): boolean {
    const protocol = declared(port);
    if (protocol === UNKNOWN) return false;
    if (TCP.includes(protocol)) return true;
    return !HTTP.includes(protocol) && TCP_PORTS.includes(Number(at(port, "port")));
}

/** Whether Istio knows the protocol of a port without looking at its connections. UNKNOWN if its name is unknown. */
export function declares(port: unknown): boolean | typeof UNKNOWN {
    const protocol = declared(port);
    return protocol === UNKNOWN ? UNKNOWN : HTTP.includes(protocol) || isTcp(port);
}

/** `appProtocol`, or else the name up to its first hyphen. */
function declared(port: unknown): string | typeof UNKNOWN {
    const appProtocol = at(port, "appProtocol");
    const name = appProtocol ?? at(port, "name");
    if (name === UNKNOWN) return UNKNOWN;
    const text = typeof name === "string" ? name : "";
    const standard = appProtocol === undefined ? undefined : KUBERNETES[text];
    if (standard !== undefined) return standard;
    if (/^grpc-web/i.test(text)) return "grpc-web";
    return (text.split("-")[0] ?? "").toLowerCase();
}
