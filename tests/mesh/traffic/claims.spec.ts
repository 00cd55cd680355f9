// Targets that ask for claims of a token, with the config of docs/traffic/claims.md, called from outside and inside.
import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { Stack } from "../../../dev/sandbox/demo/stack";
import { Outside, selfSigned, tlsSecret } from "../harness/callers/outside";
import { countBy, Requester } from "../harness/callers/requester";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-claims";
const clients = "mesh-claims-client";
const host = "claims.example.com";
const issuer = "https://login.example.com";
const ingress = "istio-system";

describe("targets with claims", () => {
    const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
    let cluster: Cluster;
    let stack: Stack;
    let outside: Outside;
    let inside: Requester;

    before(async () => {
        cluster = sandboxCluster();
        const certificate = selfSigned(host);
        await cluster.apply(tlsSecret(namespace, ingress, certificate));
        await cluster.createNamespace(clients);
        outside = new Outside(cluster, host, certificate.cert);
        inside = new Requester(cluster, clients);
        stack = new Stack(await sandboxTarget(false), { name: namespace, namespace });
        await Promise.all([deploy(), inside.start()]);
        const beta = bearer({ group: "beta" });
        await eventually(
            "a token's claim at the gateway",
            30,
            () => versions(beta),
            ({ v2 }) => v2 === 20,
        );
    });

    after(async () => {
        await outside?.end();
        await stack?.remove();
        await cluster.removeNamespace(clients);
        await cluster.kubectl("delete", "-n", ingress, "--ignore-not-found", `secret/${namespace}`);
    });

    /** The page's config, but with keys that we have the other half of. */
    async function deploy(): Promise<void> {
        await stack.init();
        const names = { "shop.example.com": host, "shop-example-com": namespace };
        const { jwt, ...page } = docsConfig("traffic/claims.md", { names });
        const { jwksUri: _, ...rest } = jwt as Record<string, unknown>;
        const jwk = { ...keys.publicKey.export({ format: "jwk" }), kid: "1", alg: "RS256" };
        const jwks = JSON.stringify({ keys: [jwk] });
        await stack.edit((config) => Object.assign(config, page, { jwt: { ...rest, jwks } }));
        succeeded(await stack.up());
    }

    function bearer(claims: object, key: KeyObject = keys.privateKey): Record<string, string> {
        const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
        const seconds = Math.floor(Date.now() / 1000);
        const payload = { iss: issuer, sub: "ada", exp: seconds + 600, ...claims };
        const signed = `${part({ alg: "RS256", kid: "1", typ: "JWT" })}.${part(payload)}`;
        const signature = sign("sha256", Buffer.from(signed), key).toString("base64url");
        return { Authorization: `Bearer ${signed}.${signature}` };
    }

    const versions = async (headers: Record<string, string>) =>
        countBy(await outside.send(20, "/", headers), ({ version }) => version);

    const toCanary: [what: string, claims: object, headers?: Record<string, string>][] = [
        ["a claim's value", { group: "beta" }],
        ["one item of a list", { group: ["staff", "beta"] }],
        ["a claim and a header", { email: "ada@example.com" }, { "X-Preview": "1" }],
    ];
    for (const [what, claims, headers] of toCanary) {
        it(`lead to the canary at weight 0 by ${what}`, async () => {
            assert.deepEqual(await versions({ ...bearer(claims), ...headers }), { v2: 20 });
        });
    }

    const toStable: [what: string, claims: object | undefined, headers?: Record<string, string>][] =
        [
            ["no token", undefined],
            ["a token without the claim", {}],
            ["another value", { group: "beta2" }],
            ["the claim without the header", { email: "ada@example.com" }],
            ["the header without the claim", { email: "ada@example.org" }, { "X-Preview": "1" }],
        ];
    for (const [what, claims, headers] of toStable) {
        it(`do not catch ${what}`, async () => {
            const token = claims && bearer(claims);
            assert.deepEqual(await versions({ ...token, ...headers }), { v1: 20 });
        });
    }

    it("let nobody sign a token himself, nor use one that has expired", async () => {
        const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
        assert.deepEqual(await versions(bearer({ group: "beta" }, other)), { 401: 20 });
        assert.deepEqual(await versions(bearer({ group: "beta", exp: 1 })), { 401: 20 });
    });

    it("do not count inside of the mesh, where the same token goes by weight", async () => {
        const url = `http://web.${namespace}.svc.cluster.local/`;
        const headers = bearer({ group: "beta" });
        assert.deepEqual(await inside.versions({ url, headers }), { v1: 40 });
    });

    it("leave nothing for istioctl analyze to find, and change nothing when nothing changed", async () => {
        assert.match(await cluster.analyze(namespace), /No validation issues found/);
        const { output } = succeeded(await stack.up());
        assert.doesNotMatch(output, /to (create|update|delete|replace)/);
    });

    it("hold while the weight moves, at the gateway and inside, up and back", async () => {
        const both = ({ v1 = 0, v2 = 0 }) => v1 > 0 && v2 > 0;
        const url = `http://web.${namespace}.svc.cluster.local/`;
        for (const weight of [10, 25, 50]) {
            await stack.set("weight", weight);
            succeeded(await stack.up());
        }
        await eventually("both versions outside", 30, () => versions({}), both);
        await eventually("both versions inside", 30, () => inside.versions({ url }), both);
        assert.deepEqual(await versions(bearer({ group: "beta" })), { v2: 20 });
        await stack.set("weight", 0);
        succeeded(await stack.up());
        const none = ({ v2 = 0 }) => v2 === 0;
        await eventually("the stable alone outside", 30, () => versions({}), none);
        await eventually("the stable alone inside", 30, () => inside.versions({ url }), none);
        assert.deepEqual(await versions({}), { v1: 20 });
        assert.deepEqual(await inside.versions({ url }), { v1: 40 });
        assert.deepEqual(await versions(bearer({ group: "beta" })), { v2: 20 });
    });

    it("go without one lost request at the gateway when the last one is taken out", async () => {
        outside.start(50);
        const seen = outside.answers.length;
        await stack.edit((config) => {
            config.targets = [];
            config.jwt = {};
        });
        succeeded(await stack.up());
        await eventually(
            "a hundred answers after it",
            30,
            async () => outside.answers.length,
            (() => {
                const until = outside.answers.length + 100;
                return (count: number) => count >= until;
            })(),
        );
        await outside.end();
        const lost = outside.answers.slice(seen).filter(({ status }) => status !== 200);
        assert.deepEqual(lost, []);
        const left = await cluster.kubectl(
            ...["get", "virtualservices,requestauthentications", "-A", "-o", "name"],
        );
        assert.doesNotMatch(left, new RegExp(`web-gateway|${namespace}-web`));
    });
});

describe("a claim that no proxy would know", () => {
    it("ends the preview with its path, what was found and what to do", async () => {
        const name = "mesh-claims-wrong";
        const stack = new Stack(await sandboxTarget(false), { name, namespace: name });
        await stack.init();
        try {
            await stack.edit((config) => {
                config.targets = [{ claims: { group: { exact: "beta" } } }];
            });
            const { exitCode, output } = await stack.preview();
            assert.notEqual(exitCode, 0);
            assert.match(
                output,
                /targets\[0\]\.claims: expected no claims, .*, got \{"group".*Set `jwt\.issuer`/,
            );
            assert.match(
                output,
                /targets\[0\]\.claims: expected no claims, .*, got \{"group".*Set `gateway`/,
            );
        } finally {
            await stack.remove();
        }
    });
});
