/** What the ports of a Service say about the protocol behind them. */
import { at, textAt, UNKNOWN } from "../../config/unknown";

/** Names that make Istio treat a port as HTTP, as `name`, `name-suffix` or appProtocol. */
const HTTP = ["http", "http2", "grpc", "grpc-web", "kubernetes.io/h2c", "h2c"];

/** Whether Istio is told that a port speaks HTTP; UNKNOWN while its name is not known. */
export function isHttp(port: unknown): boolean | typeof UNKNOWN {
    const appProtocol = at(port, "appProtocol");
    const name = at(port, "name");
    if (appProtocol === UNKNOWN) return UNKNOWN;
    if (typeof appProtocol === "string") return HTTP.includes(appProtocol.toLowerCase());
    if (name === UNKNOWN) return UNKNOWN;
    const prefix = textAt(port, "name")?.toLowerCase() ?? "";
    return HTTP.some((one) => prefix === one || prefix.startsWith(`${one}-`));
}
