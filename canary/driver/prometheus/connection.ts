/** Prometheus' URL, and the driver's credentials and TLS settings. */
import type { EnvHttpProxyAgent } from "undici";
import type { PrometheusConfig } from "../../analysis/config/prometheusConfig";
import { authorization, ConnectionError, dispatcherOf } from "../credentials";

export interface Connection {
    /** Includes any path before /api/v1; has no trailing slash. */
    readonly url: URL;
    readonly dispatcher: EnvHttpProxyAgent;
    /** Read for each request, because a token file may be renewed during a rollout. @throws ConnectionError */
    headers(): Promise<Readonly<Record<string, string>>>;
}

const PATH = "canary:prometheus";

/** @throws ConnectionError if there is no URL, or a file cannot be read. */
export async function connectionOf(
    config: PrometheusConfig,
    env: NodeJS.ProcessEnv,
): Promise<Connection> {
    const { url, credentials } = parseUrl(config.url ?? env.PROMETHEUS_URL, config.url);
    return {
        url,
        dispatcher: await dispatcherOf(config, PATH),
        headers: async () => ({
            ...(await authorization(config, PATH, credentials)),
            ...config.headers,
        }),
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
