// A caller outside of the mesh, on this machine: it reaches the sandbox's ingress gateway by its loopback ports.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Cluster } from "./cluster";

export interface OutsideAnswer {
    /** Milliseconds since the epoch, when it was sent. */
    readonly at: number;
    /** 0 when there was no answer. */
    readonly status: number;
    /** What the app says of itself, or the status. */
    readonly version: string;
    readonly location?: string;
    readonly error?: string;
}

type Headers = Readonly<Record<string, string>>;

/** A certificate that says of itself that it is this host's. */
export interface Certificate {
    readonly cert: string;
    readonly key: string;
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

/** Calls one host, and trusts one certificate. */
export class Outside {
    readonly answers: OutsideAnswer[] = [];
    private readonly agent: https.Agent;
    private timer: NodeJS.Timeout | undefined;
    private readonly underWay = new Set<Promise<OutsideAnswer>>();

    constructor(
        private readonly cluster: Cluster,
        private readonly host: string,
        ca: string,
    ) {
        this.agent = new https.Agent({ keepAlive: true, maxSockets: 8, ca, servername: host });
    }

    /** One request over TLS. */
    async get(path = "/", headers: Headers = {}): Promise<OutsideAnswer> {
        const url = `${this.cluster.env.INGRESS_HTTPS_URL}${path}`;
        const answer = await this.ask(https, url, this.agent, headers);
        this.answers.push(answer);
        return answer;
    }

    /** One request in plain text; no redirect is followed. */
    async getPlain(): Promise<OutsideAnswer> {
        return this.ask(http, this.cluster.env.INGRESS_HTTP_URL ?? "");
    }

    /** Some requests over TLS, eight under way at a time. */
    async send(count: number, path = "/", headers: Headers = {}): Promise<OutsideAnswer[]> {
        return Promise.all(Array.from({ length: count }, () => this.get(path, headers)));
    }

    /** Sends this many requests a second until `end`, whatever becomes of them. */
    start(rate: number): void {
        this.timer = setInterval(() => {
            const one = this.get();
            this.underWay.add(one);
            one.finally(() => this.underWay.delete(one));
        }, 1000 / rate);
    }

    /** All that was sent has been answered, or has failed. */
    async end(): Promise<void> {
        clearInterval(this.timer);
        await Promise.all(this.underWay);
        this.agent.destroy();
    }

    private ask(
        client: typeof http | typeof https,
        url: string,
        agent?: http.Agent,
        headers: Headers = {},
    ): Promise<OutsideAnswer> {
        const at = Date.now();
        return new Promise((resolve) => {
            const options = { agent, headers: { host: this.host, ...headers }, timeout: 20_000 };
            const request = client.get(url, options, (response) => {
                response.resume();
                response.once("end", () => {
                    const status = response.statusCode ?? 0;
                    const version = response.headers["x-version"] ?? status;
                    const { location } = response.headers;
                    resolve({ at, status, version: String(version), location });
                });
                response.once("error", failed);
            });
            const failed = (error: Error) =>
                resolve({ at, status: 0, version: "0", error: error.message });
            request.once("error", failed);
            request.once("timeout", () => request.destroy(new Error("no answer within 20 s")));
        });
    }
}
