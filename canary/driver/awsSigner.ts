/** Signs requests to AWS (Signature Version 4). Loads its libraries on first use. */
import { createHash, createHmac } from "node:crypto";
import type { AwsConfig } from "../analysis/config/credentials/cloudConfig";

export interface Unsigned {
    readonly method: string;
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
}

/** @returns all headers of the request, with its signature. @throws Error if there are no credentials. */
export type Sign = (request: Unsigned) => Promise<Readonly<Record<string, string>>>;

/** @param service its name in signatures, such as `aps` or `monitoring` */
export function awsSigner(config: AwsConfig, service: string, region: string): Sign {
    let signer: ReturnType<typeof load> | undefined;
    return async ({ method, url, headers, body }) => {
        signer ??= load(config, service, region);
        const request = {
            method,
            protocol: url.protocol,
            hostname: url.hostname,
            path: url.pathname,
            query: Object.fromEntries(url.searchParams),
            headers: { ...headers, host: url.host },
            body,
        };
        try {
            return (await (await signer).sign(request)).headers;
        } catch (error) {
            signer = undefined;
            throw error;
        }
    };
}

async function load(config: AwsConfig, service: string, region: string) {
    const { SignatureV4 } = await import("@smithy/signature-v4");
    return new SignatureV4({
        service,
        region,
        credentials: await credentialsOf(config, region),
        sha256: NodeSha256,
    });
}

/** The keys of the config; otherwise AWS' default chain: environment, profile, web identity (IRSA), ECS and Pod Identity, EC2. */
async function credentialsOf(config: AwsConfig, region: string) {
    const { accessKeyId, secretAccessKey, sessionToken, profile } = config;
    if (accessKeyId !== undefined && secretAccessKey !== undefined) {
        return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
    }
    const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
    return defaultProvider({ ...(profile && { profile }), clientConfig: { region } });
}

type Data = string | ArrayBuffer | ArrayBufferView;

/** SHA-256 in the form that the signer expects. */
class NodeSha256 {
    private readonly hash;

    constructor(secret?: Data) {
        this.hash =
            secret === undefined ? createHash("sha256") : createHmac("sha256", bytes(secret));
    }

    update(data: Data): void {
        this.hash.update(bytes(data));
    }

    async digest(): Promise<Uint8Array> {
        return new Uint8Array(this.hash.digest());
    }

    reset(): void {
        throw new Error("A hash of a signature is used once.");
    }
}

function bytes(data: Data): Uint8Array {
    if (typeof data === "string") return Buffer.from(data, "utf8");
    if (ArrayBuffer.isView(data)) {
        return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    }
    return new Uint8Array(data);
}
