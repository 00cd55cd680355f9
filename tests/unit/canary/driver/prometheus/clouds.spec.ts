// Managed Prometheus of AWS and Google: signatures and tokens, checked by an independent implementation and a local metadata server.
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { looking, mesh } from "../../../../fixtures/analysis/metricsLooks";
import type { Asked } from "../../../../fixtures/analysis/prometheusServer";
import { type SourceServer, startSource } from "../../../../fixtures/driver/sourceServer";

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG" };

describe("Prometheus of a cloud provider", () => {
    const { serve, metricsOf, close } = looking();
    let metadata: SourceServer | undefined;
    afterEach(async () => {
        await close();
        await metadata?.close();
        metadata = undefined;
    });

    it("gets queries signed for AWS", async () => {
        const server = await serve(mesh());
        const sigv4 = { ...KEYS, region: "eu-central-1", sessionToken: "session" };
        const headers = { "x-scope": "a" };
        assert.ok((await metricsOf({ url: server.url, sigv4, headers }).fetch(90)).ok);
        assert.ok(server.asked.length >= 4);
        for (const asked of server.asked) {
            const { authorization = "", "x-amz-security-token": token } = asked.headers;
            assert.equal(token, "session");
            assert.match(
                authorization,
                /Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/aps\/aws4_request/,
            );
            assert.equal(/Signature=(\w+)/.exec(authorization)?.[1], signature(asked));
        }
    });

    it("needs a region, and both keys", async () => {
        const none = await metricsOf({ url: "https://prom.example", sigv4: KEYS }).fetch(90);
        assert.match(
            none.ok ? "" : none.reason,
            /sigv4\.region: expected an AWS region, got nothing/,
        );
        assert.throws(() => metricsOf({ sigv4: { accessKeyId: "a" } }), /secretAccessKey/);
        assert.throws(
            () => metricsOf({ sigv4: KEYS, bearerToken: "t" }),
            (error: Error) => {
                assert.match(error.message, /Keep only one authentication method/);
                return !error.message.includes(KEYS.secretAccessKey);
            },
        );
    });

    it("gets Google's token, and no parameters that Google does not know", async () => {
        metadata = await startSource(() => ({
            headers: { "metadata-flavor": "Google" },
            body: { access_token: "ya29.token", expires_in: 3_600, token_type: "Bearer" },
        }));
        const env = {
            GCE_METADATA_HOST: metadata.url.replace("http://", ""),
            METADATA_SERVER_DETECTION: "assume-present",
            HOME: "/nowhere",
        };
        const before = { ...process.env };
        Object.assign(process.env, env);
        delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
        try {
            const server = await serve(mesh());
            const found = await metricsOf({ url: server.url, google: {} }).fetch(90);
            assert.ok(found.ok, JSON.stringify(found));
            for (const { headers, form } of server.asked) {
                assert.equal(headers.authorization, "Bearer ya29.token");
                assert.deepEqual([...form.keys()].sort(), ["query", "timeout"]);
            }
            assert.match(metadata.asked.at(-1)?.path ?? "", /service-accounts\/default\/token/);
        } finally {
            process.env = before;
        }
    });

    it("says which key has no credentials", async () => {
        const google = { credentialsFile: "/nowhere/key.json" };
        const found = await metricsOf({ url: "http://127.0.0.1:9", google }).fetch(90);
        assert.match(found.ok ? "" : found.reason, /^canary:prometheus\.google: no credentials: /);
    });
});

/** Signature Version 4, as AWS documents it. */
function signature({ headers, path, form }: Asked): string {
    const [, names = ""] = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? "") ?? [];
    const [, scope = ""] = /Credential=[^/]+\/([^,]+)/.exec(headers.authorization ?? "") ?? [];
    const [date = "", region = "", service = ""] = scope.split("/");
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
    const signed = names.split(";").map((name) => `${name}:${headers[name]}\n`);
    const canonical = ["POST", path, "", signed.join(""), names, sha256(form.toString())].join(
        "\n",
    );
    const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonical)].join("\n");
    const hmac = (key: string | Buffer, data: string) =>
        createHmac("sha256", key).update(data).digest();
    const key = [region, service, "aws4_request"].reduce(
        (current, part) => hmac(current, part),
        hmac(`AWS4${KEYS.secretAccessKey}`, date),
    );
    return hmac(key, text).toString("hex");
}
