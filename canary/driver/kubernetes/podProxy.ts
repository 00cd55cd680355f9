/** GET requests to a pod's port through the API server, which need only the right `get` on `pods/proxy`. */
import http from "node:http";
import https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { ApiError, type Kubernetes } from "./kubernetes";

export interface GetLimits {
    /** A longer response is an error. */
    readonly maxBytes: number;
    /** Milliseconds. */
    readonly timeout: number;
    readonly signal?: AbortSignal;
}

export interface PodPort {
    readonly namespace: string;
    readonly pod: string;
    readonly port: number;
}

/** Credentials may expire, so they are read again after this. */
const FRESH_MS = 60_000;

/** Reads the text of a path of a pod. @throws ApiError if the API server or the pod refuses, and Error without a usable response. */
export type GetFromPod = (at: PodPort, path: string, limits: GetLimits) => Promise<string>;

/** Keeps connections open between reads. */
export function podProxy(cluster: Pick<Kubernetes, "kubeConfig">, now = Date.now): GetFromPod {
    let access: Promise<Access> | undefined;
    let readAt = 0;
    return async ({ namespace, pod, port }, path, limits) => {
        if (access === undefined || now() - readAt > FRESH_MS) {
            readAt = now();
            const before = access;
            access = cluster.kubeConfig().then(accessOf);
            before?.then(
                ({ agent }) => agent.destroy(),
                () => undefined,
            );
        }
        const { server, agent, headers } = await access;
        const url = `${server}/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${path}`;
        return get(new URL(url), { agent, headers }, limits);
    };
}

interface Access {
    readonly server: string;
    readonly agent: http.Agent;
    readonly headers: http.OutgoingHttpHeaders;
}

async function accessOf(config: KubeConfig): Promise<Access> {
    const cluster = config.getCurrentCluster();
    const server = cluster?.server.replace(/\/$/, "") ?? "";
    const options: https.RequestOptions = { headers: {} };
    await config.applyToHTTPSOptions(options);
    const { ca, cert, key, passphrase, rejectUnauthorized, servername, auth } = options;
    const basic = auth ? { authorization: `Basic ${Buffer.from(auth).toString("base64")}` } : {};
    const headers = { ...(options.headers as http.OutgoingHttpHeaders), ...basic };
    if (cluster?.proxyUrl !== undefined) {
        return { server, headers, agent: options.agent as http.Agent };
    }
    const tls = { ca, cert, key, passphrase, rejectUnauthorized, servername };
    const given = Object.entries(tls).filter(([, value]) => value !== undefined);
    const kept = { keepAlive: true, ...Object.fromEntries(given) };
    const isPlain = server.startsWith("http:");
    return { server, headers, agent: isPlain ? new http.Agent(kept) : new https.Agent(kept) };
}

function get(
    url: URL,
    options: Pick<http.RequestOptions, "agent" | "headers">,
    { maxBytes, timeout, signal }: GetLimits,
): Promise<string> {
    const limit = AbortSignal.timeout(timeout);
    const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    const { request } = url.protocol === "http:" ? http : https;
    return new Promise((resolve, reject) => {
        const sent = request(url, { ...options, signal: either }, (response) => {
            const parts: Buffer[] = [];
            let length = 0;
            response.on("error", reject);
            response.on("data", (part: Buffer) => {
                parts.push(part);
                length += part.length;
                if (length > maxBytes) {
                    response.destroy(new Error(`the response has more than ${maxBytes} bytes`));
                }
            });
            response.on("end", () => {
                const text = Buffer.concat(parts).toString("utf8");
                const { statusCode: code = 0 } = response;
                if (code === 200) return resolve(text);
                reject(new ApiError(code, `The API server answered ${code}`));
            });
        });
        sent.on("error", (error) => {
            reject(limit.aborted ? new Error(`no response within ${timeout / 1_000} s`) : error);
        });
        sent.end();
    });
}
