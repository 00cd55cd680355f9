/** The protocol that a Service port declares. */
import { at, textAt, UNKNOWN } from "../../config/unknown";

/** Protocols that Istio treats as HTTP, in `name`, `name-suffix` or `appProtocol`. */
const HTTP = ["http", "http2", "grpc", "grpc-web", "kubernetes.io/h2c", "h2c"];

/** Whether a port declares HTTP. UNKNOWN if its name is unknown. */
export function isHttp(port: unknown): boolean | typeof UNKNOWN {
    const appProtocol = at(port, "appProtocol");
    const name = at(port, "name");
    if (appProtocol === UNKNOWN) return UNKNOWN;
    if (typeof appProtocol === "string") return HTTP.includes(appProtocol.toLowerCase());
    if (name === UNKNOWN) return UNKNOWN;
    const prefix = textAt(port, "name")?.toLowerCase() ?? "";
    return HTTP.some((one) => prefix === one || prefix.startsWith(`${one}-`));
}
