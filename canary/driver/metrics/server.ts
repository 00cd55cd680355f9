/** Serves the driver's own metrics, by default on loopback. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";

export interface MetricsServer {
    /** For example "http://127.0.0.1:9464". */
    readonly url: string;
    close(): Promise<void>;
}

/**
 * GET /metrics in Prometheus' text format, and GET /healthz as a liveness check.
 * @param port 0 for any free port.
 * @throws Error if the server cannot listen, for example because the port is in use.
 */
export async function serveMetrics(
    registry: Registry,
    { port, host = "127.0.0.1" }: { readonly port: number; readonly host?: string },
): Promise<MetricsServer> {
    const server = createServer((request, response) => {
        answer(registry, request, response).catch((error) => {
            response.writeHead(500).end(`${error}\n`);
        });
    });
    await new Promise<void>((resolve, reject) => {
        server.once("error", (error: NodeJS.ErrnoException) => {
            const why = error.code === "EADDRINUSE" ? "the port is in use" : error;
            const message = `--metrics-port ${port}: cannot listen on ${host}: ${why}. Choose another port, or 0 for any free port.`;
            reject(new Error(message, { cause: error }));
        });
        server.listen(port, host, resolve);
    });
    // The server must not keep the process running.
    server.unref();
    const address = server.address() as AddressInfo;
    const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
    return {
        url: `http://${name}:${address.port}`,
        close: () =>
            new Promise((resolve) => {
                server.close(() => resolve());
                server.closeAllConnections();
            }),
    };
}

async function answer(
    registry: Registry,
    { method, url = "" }: IncomingMessage,
    response: ServerResponse,
): Promise<void> {
    const [path] = url.split("?");
    const known = path === "/metrics" || path === "/healthz";
    if (!known) response.writeHead(404).end("Not found. Available: /metrics, /healthz.\n");
    else if (method !== "GET" && method !== "HEAD") {
        response.writeHead(405, { allow: "GET, HEAD" }).end();
    } else if (path === "/healthz") {
        response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end("ok\n");
    } else {
        const text = await registry.metrics();
        response.writeHead(200, { "content-type": registry.contentType }).end(text);
    }
}
