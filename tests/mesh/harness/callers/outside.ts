// A caller outside the mesh: it reaches the sandbox's ingress gateway through this machine's loopback ports.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Cluster } from "../cluster";

export interface OutsideAnswer {
    /** When the request was sent, milliseconds since the epoch. */
    readonly at: number;
    /** HTTP status; 0 without a response. */
    readonly status: number;
    /** The response's `X-Version` header, or its status. */
    readonly version: string;
    readonly location?: string;
    readonly headers?: http.IncomingHttpHeaders;
    readonly body?: string;
    readonly error?: string;
}

type Headers = Readonly<Record<string, string>>;

/** A self-signed certificate and its key, PEM. */
export interface Certificate {
    readonly cert: string;
    readonly key: string;
}

/** The Secret of a Gateway with that certificate. */
export function tlsSecret(name: string, namespace: string, { cert, key }: Certificate): object {
    return {
        apiVersion: "v1",
        kind: "Secret",
        type: "kubernetes.io/tls",
        metadata: { name, namespace },
        stringData: { "tls.crt": cert, "tls.key": key },
    };
}

/** A Gateway of Istio that ends TLS for the hosts, at the sandbox's ingress gateway. */
export function httpsGateway(name: string, namespace: string, host: string, secret: string) {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name, namespace },
        spec: {
            selector: { istio: "ingressgateway" },
            servers: [
                {
                    port: { number: 443, name: "https", protocol: "HTTPS" },
                    hosts: [host],
                    tls: { mode: "SIMPLE", credentialName: secret },
                },
            ],
        },
    };
}

export function selfSigned(host: string): Certificate {
    const dir = mkdtempSync(path.join(tmpdir(), "canary-tls-"));
    try {
        const file = (name: string) => path.join(dir, name);
        execFileSync(
            "openssl",
            [
                ...["req", "-x509", "-nodes", "-days", "1", "-newkey", "ec"],
                ...["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", `/CN=${host}`],
                ...["-addext", `subjectAltName=DNS:${host}`],
                ...["-keyout", file("key"), "-out", file("cert")],
            ],
            { stdio: "ignore" },
        );
        return { cert: readFileSync(file("cert"), "utf8"), key: readFileSync(file("key"), "utf8") };
    } finally {
        rmSync(dir, { recursive: true });
    }
}

/** Calls a single host and trusts a single certificate. */
export class Outside {
    readonly answers: OutsideAnswer[] = [];
    private readonly agent: https.Agent;
    private timer: NodeJS.Timeout | undefined;
    private readonly pending = new Set<Promise<OutsideAnswer>>();

    constructor(
        private readonly cluster: Cluster,
        private readonly host: string,
        ca: string,
    ) {
        this.agent = new https.Agent({ keepAlive: true, maxSockets: 8, ca, servername: host });
    }

    /** Sends a request over TLS. */
    async get(path = "/", headers: Headers = {}, method = "GET"): Promise<OutsideAnswer> {
        const url = `${this.cluster.env.INGRESS_HTTPS_URL}${path}`;
        const answer = await this.ask(https, url, this.agent, headers, method);
        this.answers.push(answer);
        return answer;
    }

    /** Sends a plain-text request. Does not follow redirects. */
    async getPlain(path = "/"): Promise<OutsideAnswer> {
        const answer = await this.ask(http, `${this.cluster.env.INGRESS_HTTP_URL}${path}`);
        this.answers.push(answer);
        return answer;
    }

    /** Sends `count` requests over TLS, eight at a time. */
    async send(count: number, path = "/", headers: Headers = {}): Promise<OutsideAnswer[]> {
        return Promise.all(Array.from({ length: count }, () => this.get(path, headers)));
    }

    /** Sends `rate` requests per second until `end`, regardless of the responses. */
    start(rate: number, path = "/", protocol: "https" | "http" = "https"): void {
        this.timer = setInterval(() => {
            const one = protocol === "https" ? this.get(path) : this.getPlain(path);
            this.pending.add(one);
            one.finally(() => this.pending.delete(one));
        }, 1000 / rate);
    }

    /** Stops sending and waits for the responses or failures of pending requests. */
    async end(): Promise<void> {
        clearInterval(this.timer);
        await Promise.all(this.pending);
        this.agent.destroy();
    }

    private ask(
        client: typeof http | typeof https,
        url: string,
        agent?: http.Agent,
        headers: Headers = {},
        method = "GET",
    ): Promise<OutsideAnswer> {
        const at = Date.now();
        return new Promise((resolve) => {
            const all = { host: this.host, ...headers };
            const options = { agent, method, headers: all, timeout: 20_000 };
            const request = client.get(url, options, (response) => {
                let body = "";
                response.setEncoding("utf8").on("data", (part) => {
                    body += part;
                });
                response.once("end", () => {
                    const status = response.statusCode ?? 0;
                    const version = response.headers["x-version"] ?? status;
                    const { location } = response.headers;
                    const { headers } = response;
                    resolve({ at, status, version: String(version), location, headers, body });
                });
                response.once("error", failed);
            });
            const failed = (error: Error) =>
                resolve({ at, status: 0, version: "0", error: error.message });
            request.once("error", failed);
            request.once("timeout", () => request.destroy(new Error("no response within 20 s")));
        });
    }
}
