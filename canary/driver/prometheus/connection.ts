/** Prometheus' URL, and the driver's credentials and TLS settings. */
import type { EnvHttpProxyAgent } from "undici";
import type { AwsConfig } from "../../analysis/config/credentials/cloudConfig";
import type { PrometheusConfig } from "../../analysis/config/prometheusConfig";
import { awsSigner, type Unsigned } from "../awsSigner";
import { authorization, ConnectionError, dispatcherOf } from "../credentials";
import { googleToken } from "../googleToken";

export interface Connection {
    /** Includes any path before /api/v1; has no trailing slash. */
    readonly url: URL;
    readonly dispatcher: EnvHttpProxyAgent;
    /** Read for each request, because a token file may be renewed during a rollout. @throws ConnectionError */
    headers(request: Unsigned): Promise<Readonly<Record<string, string>>>;
    /** Whether the server refuses parameters that it does not know. */
    readonly isStrict: boolean;
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
        headers: headersOf(config, url, credentials),
        isStrict: config.google !== undefined,
    };
}

function headersOf(
    config: PrometheusConfig,
    url: URL,
    credentials: string | undefined,
): Connection["headers"] {
    if (config.google !== undefined) {
        const token = googleToken(config.google);
        return async (request) => ({
            ...request.headers,
            ...config.headers,
            authorization: `Bearer ${await token().catch(noCredentials("google"))}`,
        });
    }
    if (config.sigv4 !== undefined) {
        const region = regionOf(config.sigv4, url);
        const sign = awsSigner(config.sigv4, "aps", region);
        return (request) =>
            sign({ ...request, headers: { ...request.headers, ...config.headers } }).catch(
                noCredentials("sigv4"),
            );
    }
    return async ({ headers }) => ({
        ...headers,
        ...(await authorization(config, PATH, credentials)),
        ...config.headers,
    });
}

function regionOf({ region }: AwsConfig, url: URL): string {
    const [, ofUrl] = /^aps-workspaces\.([a-z0-9-]+)\.amazonaws\./.exec(url.hostname) ?? [];
    const found = region ?? ofUrl ?? process.env.AWS_REGION;
    if (found !== undefined) return found;
    throw new ConnectionError(`${PATH}.sigv4.region: expected an AWS region, got nothing`);
}

function noCredentials(key: string): (error: Error) => never {
    return (error) => {
        throw new ConnectionError(`${PATH}.${key}: no credentials: ${error.message}`);
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
