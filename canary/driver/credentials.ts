/** Credentials and TLS settings of a server, from the config and its files. */
import { readFile } from "node:fs/promises";
import { EnvHttpProxyAgent } from "undici";
import type { Credentials } from "../analysis/config/credentials/credentialConfig";

/** The connection is misconfigured. The message is for the user. */
export class ConnectionError extends Error {
    override readonly name = "ConnectionError";
}

/**
 * Uses HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
 * @param path of the config in messages, such as "canary:prometheus"
 * @throws ConnectionError if a file cannot be read.
 */
export async function dispatcherOf(config: Credentials, path: string): Promise<EnvHttpProxyAgent> {
    const tls = {
        ca: await file(config.caFile, `${path}.caFile`),
        cert: await file(config.certFile, `${path}.certFile`),
        key: await file(config.keyFile, `${path}.keyFile`),
    };
    return new EnvHttpProxyAgent({ connect: tls, requestTls: tls });
}

/** The Authorization header, if there are credentials. @param fallback `user:password`, used if the config has none. */
export async function authorization(
    { bearerToken, bearerTokenFile, username, password }: Credentials,
    path: string,
    fallback?: string,
): Promise<Readonly<Record<string, string>>> {
    const token = bearerToken ?? (await file(bearerTokenFile, `${path}.bearerTokenFile`));
    if (token !== undefined) return { authorization: `Bearer ${token.trim()}` };
    const user = username === undefined ? fallback : `${username}:${password ?? ""}`;
    if (user === undefined) return {};
    return { authorization: `Basic ${Buffer.from(user).toString("base64")}` };
}

async function file(name: string | undefined, key: string): Promise<string | undefined> {
    if (name === undefined) return undefined;
    try {
        return await readFile(name, "utf8");
    } catch (error) {
        const { code = "unreadable" } = error as NodeJS.ErrnoException;
        throw new ConnectionError(`${key}: could not read ${name}: ${code}`);
    }
}
