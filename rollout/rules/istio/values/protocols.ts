/** Protocols of ports: pkg/config/protocol. */

const HTTP = ["http", "http2", "http_proxy", "grpc", "grpc-web"];
const TLS = ["https", "tls"];
const OTHERS = ["tcp", "udp", "mongo", "redis", "mysql"];

export const PROTOCOLS = "HTTP, HTTP2, GRPC, GRPC-WEB, HTTPS, TLS, TCP, MONGO, REDIS or MYSQL";

export function isProtocol(text: string): boolean {
    return [...HTTP, ...TLS, ...OTHERS].includes(text.toLowerCase());
}

export function isHttp(protocol: string): boolean {
    return HTTP.includes(protocol.toLowerCase());
}

export function isTls(protocol: string): boolean {
    return TLS.includes(protocol.toLowerCase());
}

/** Istio counts a protocol on top of TCP that is not HTTP. */
export function isTcp(protocol: string): boolean {
    return isTls(protocol) || ["tcp", "mongo", "redis", "mysql"].includes(protocol.toLowerCase());
}
