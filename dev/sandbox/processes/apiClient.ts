// Reads from the sandbox's API server through its loopback port, as the administrator.
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { parse } from "yaml";

/** The JSON at `path`. `kubeconfig` must have inline certificates. @throws Error with status and message. */
// biome-ignore lint/suspicious/noExplicitAny: a Kubernetes object; the caller reads a few of its fields
export async function apiGet(kubeconfig: string, path: string): Promise<any> {
    const { clusters, users } = parse(readFileSync(kubeconfig, "utf8"));
    const { server, "certificate-authority-data": ca } = clusters[0].cluster;
    const { "client-certificate-data": cert, "client-key-data": key } = users[0].user;
    const decoded = (data: string) => Buffer.from(data, "base64");
    const tls = { ca: decoded(ca), cert: decoded(cert), key: decoded(key) };
    const { status, body } = await get(new URL(path, server), tls);
    const answer = JSON.parse(body);
    if (status !== 200) {
        throw new Error(`GET ${path} returned ${status}: ${answer.message}`);
    }
    return answer;
}

function get(
    url: URL,
    tls: { ca: Buffer; cert: Buffer; key: Buffer },
): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
        const outgoing = request(url, { ...tls, timeout: 5000, agent: false }, (answer) => {
            let body = "";
            answer.setEncoding("utf8");
            answer.on("data", (chunk: string) => {
                body += chunk;
            });
            answer.on("error", reject);
            answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
        });
        outgoing.on("timeout", () =>
            outgoing.destroy(new Error(`no response from ${url.host} within 5 s`)),
        );
        outgoing.on("error", reject);
        outgoing.end();
    });
}
