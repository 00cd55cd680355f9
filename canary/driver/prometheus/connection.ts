/** Prometheus' URL, and the driver's credentials and TLS settings. */
import { readFile } from "node:fs/promises";
import { EnvHttpProxyAgent } from "undici";
import type { PrometheusConfig } from "../../analysis/config/prometheusConfig";

export interface Connection {
    /** Includes any path before /api/v1; has no trailing slash. */
    readonly url: URL;
    readonly dispatcher: EnvHttpProxyAgent;
    /** Read for each request, because a token file may be renewed during a rollout. @throws ConnectionError */
    headers(): Promise<Readonly<Record<string, string>>>;
}

/** The connection is misconfigured. The message is for the user. */
export class ConnectionError extends Error {
    override readonly name = "ConnectionError";
}

/** @throws ConnectionError if there is no URL, or a file cannot be read. */
export async function connectionOf(
    config: PrometheusConfig,
    env: NodeJS.ProcessEnv,
): Promise<Connection> {
    const { url, credentials } = parseUrl(config.url ?? env.PROMETHEUS_URL, config.url);
    const tls = {
        ca: await file(config.caFile, "caFile"),
        cert: await file(config.certFile, "certFile"),
        key: await file(config.keyFile, "keyFile"),
    };
    return {
        url,
        // Uses HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
        dispatcher: new EnvHttpProxyAgent({ connect: tls, requestTls: tls }),
        headers: async () => ({ ...(await authorization(config, credentials)), ...config.headers }),
    };
}

function parseUrl(text: string | undefined, configured: string | undefined) {
    if (text === undefined || text === "") {
        throw new ConnectionError(
            "no URL; set `canary:prometheus.url` in the stack's config, or PROMETHEUS_URL",
        );
    }
    const from = configured === undefined ? "PROMETHEUS_URL" : "canary:prometheus.url";
    if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
        throw new ConnectionError(`${from}: expected an http or https URL, got "${text}"`);
    }
    const url = new URL(text);
    const user = [url.username, url.password].map(decodeURIComponent).join(":");
    const credentials = user === ":" ? undefined : user;
    url.username = "";
    url.password = "";
    url.search = "";
    url.hash = "";
    url.pathname = url.pathname.replace(/\/+$/, "");
    return { url, credentials };
}

async function authorization(
    { bearerToken, bearerTokenFile, username, password }: PrometheusConfig,
    credentials: string | undefined,
): Promise<Readonly<Record<string, string>>> {
    const token = bearerToken ?? (await file(bearerTokenFile, "bearerTokenFile"));
    if (token !== undefined) return { authorization: `Bearer ${token.trim()}` };
    const user = username === undefined ? credentials : `${username}:${password ?? ""}`;
    if (user === undefined) return {};
    return { authorization: `Basic ${Buffer.from(user).toString("base64")}` };
}

async function file(name: string | undefined, key: string): Promise<string | undefined> {
    if (name === undefined) return undefined;
    try {
        return await readFile(name, "utf8");
    } catch (error) {
        const { code = "unreadable" } = error as NodeJS.ErrnoException;
        throw new ConnectionError(`canary:prometheus.${key}: could not read ${name}: ${code}`);
    }
}
