// Identity: who may come in, whichever version answers; and what lets in one version lets in the other.
import assert from "node:assert/strict";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../../dev/checkout";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { Stack, withoutPreview } from "../../../dev/sandbox/demo/stack";
import type { Target } from "../../../dev/sandbox/demo/target";
import { type Answers, callFrom, countedBySubset, fortioServer } from "../harness/callers/caller";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { type Program, testProgram } from "../harness/program";
import { succeeded } from "../harness/succeeded";

const namespaces = {
    app: "mesh-identity",
    shop: "mesh-identity-shop",
    edge: "mesh-identity-edge",
    chain: "mesh-identity-chain",
};

describe("identity", () => {
    let target: Target;
    let cluster: Cluster;

    before(async () => {
        target = await sandboxTarget(false);
        cluster = sandboxCluster();
    });

    describe("as docs/traffic/identity.md configures it", () => {
        let stack: Stack;
        const url = `http://web.${namespaces.app}.svc.cluster.local/`;

        before(async () => {
            const { shop, edge } = namespaces;
            await Promise.all([shop, edge].map((name) => cluster.createNamespace(name)));
            await cluster.apply(
                ...fortioServer("caller", shop),
                ...fortioServer("gateway", edge),
                ...fortioServer("stranger", edge),
                ...withoutSidecar(fortioServer("plain", shop)),
            );
            stack = new Stack(target, { name: "mesh-identity", namespace: namespaces.app });
            await stack.init();
            await stack.edit((config) => {
                config.weight = 50;
                config.versions.v1.replicas = 1;
                Object.assign(config, docsConfig("traffic/identity.md", { names: { shop, edge } }));
            });
            const [up] = await Promise.all([
                stack.up(undefined, withoutPreview),
                ...[shop, edge].map((name) => cluster.available(name)),
            ]);
            succeeded(up);
        });

        after(async () => {
            await stack?.remove();
            await Promise.all(
                [namespaces.shop, namespaces.edge].map((name) => cluster.removeNamespace(name)),
            );
        });

        it("takes those who are named and refuses the others, at both versions", async () => {
            const { shop, edge } = namespaces;
            await eventually(
                "both versions refuse a stranger and plain text",
                30,
                async () => [
                    await callFrom(cluster, edge, "stranger", url, { requests: 20 }),
                    await callFrom(cluster, shop, "plain", url, { requests: 20 }),
                ],
                ([stranger, plain]) => stranger?.[200] === undefined && plain?.[200] === undefined,
            );
            const from = async (namespace: string, name: string) =>
                callFrom(cluster, namespace, name, url, { requests: 100 });
            assert.deepEqual(await from(shop, "caller"), { 200: 100 });
            assert.deepEqual(await from(edge, "gateway"), { 200: 100 });
            assert.deepEqual(await from(edge, "stranger"), { 403: 100 });
            assert.deepEqual(await from(shop, "plain"), { [-1]: 100 });
            const counted = await countedBySubset(cluster, edge, "stranger", url.slice(7, -1));
            for (const version of ["v1", "v2"]) {
                assert.ok((counted[version]?.[403] ?? 0) > 25, JSON.stringify(counted));
            }
        });

        it("changes nothing when nothing changed", async () => {
            const { output } = succeeded(await stack.up());
            assert.doesNotMatch(output, /to (create|update|delete|replace)/);
        });
    });

    describe("of a version that calls another service", () => {
        const namespace = namespaces.chain;
        const host = `web.${namespace}.svc.cluster.local`;
        const ratings = `http://ratings.${namespace}.svc.cluster.local/`;
        let program: Program;

        before(async () => {
            await cluster.createNamespace(namespace);
            await cluster.apply(
                ...fortioServer("user", namespace),
                ...fortioServer("ratings", namespace),
                ...fortioServer("stock", namespace, { name: "tcp" }),
            );
            program = await testProgram(target, "identity");
            await program.configure({ namespace, allowed: "stable" });
            const up = await program.up();
            assert.equal(up.exitCode, 0, up.output);
            await cluster.available(namespace);
        });

        after(async () => {
            await program?.remove();
            await cluster.removeNamespace(namespace);
        });

        it("an allow-list of the stable's principal alone is refused by the pack", async () => {
            const pack = path.join(CHECKOUT, "policy");
            const { exitCode, output } = await program.preview("--policy-pack", pack);
            assert.notEqual(exitCode, 0);
            assert.match(output, /both-principals/);
            assert.match(output.replace(/\s+/g, " "), /web-v1 together with .*web-v2/);
        });

        it("without the helper only the canary's calls are refused: 403", async () => {
            await refused(403);
            const before = await counted();
            assert.deepEqual(await from("web-v1", ratings), { 200: 100 });
            assert.deepEqual(await from("web-v2", ratings), { 403: 100 });
            const answers = await callFrom(cluster, namespace, "user", `http://${host}/`, {
                requests: 400,
            });
            const { v1, v2 } = since(before, await counted());
            console.log(`        allow-list of v1 alone: users got ${JSON.stringify(answers)}`);
            assert.deepEqual(Object.keys(answers), ["200", "403"]);
            assert.deepEqual([v1, v2], [{ 200: answers[200] }, { 403: answers[403] }]);
            assert.ok((answers[403] ?? 0) > 120, JSON.stringify(answers));
        });

        it("and 503 where the downstream's port is TCP", async () => {
            const own = "http://localhost:8081/";
            await refused(503, own);
            const answers = [await from("web-v1", own), await from("web-v2", own)];
            console.log(`        TCP: v1, v2 got ${JSON.stringify(answers)}`);
            assert.deepEqual(answers, [{ 200: 100 }, { 503: 100 }]);
        });

        it("though the canary's certificate is as good as the stable's, as the page's command shows", async () => {
            for (const deployment of ["deployment/web-v1", "deployment/web-v2"]) {
                const args = ["proxy-config", "secret", "-n", namespace, deployment];
                const { stdout } = await execa("istioctl", args, { env: target.env });
                assert.match(stdout, /^default .* ACTIVE +true/m);
            }
        });

        it("with the helper no call is", async () => {
            await program.configure({ allowed: "either" });
            const up = await program.up();
            assert.equal(up.exitCode, 0, up.output);
            await eventually(
                "ratings lets in the canary on every connection, the old ones too",
                60,
                () => callFrom(cluster, namespace, "user", `http://${host}/`, { requests: 200 }),
                (answers) => answers[200] === 200,
            );
            const before = await counted();
            const answers = await callFrom(cluster, namespace, "user", `http://${host}/`, {
                requests: 400,
            });
            console.log(`        bothPrincipals(web): users got ${JSON.stringify(answers)}`);
            assert.deepEqual(answers, { 200: 400 });
            const { v1, v2 } = since(before, await counted());
            assert.ok((v1?.[200] ?? 0) > 120 && (v2?.[200] ?? 0) > 120);
        });

        const from = (deployment: string, url: string) =>
            callFrom(cluster, namespace, deployment, url, { requests: 100 });

        const counted = () => countedBySubset(cluster, namespace, "user", host);

        /** Waits until a call of the canary's ends like this. */
        async function refused(status: number, url = ratings) {
            await eventually(
                `a call of the canary's is answered ${status}`,
                30,
                () => callFrom(cluster, namespace, "web-v2", url, { requests: 20 }),
                (answers) => (answers[status] ?? 0) > 0,
            );
        }
    });
});

type Counts = Record<string, Record<string, number>>;

/** The counts that grew, by how much. */
function since(before: Counts, now: Counts): Record<string, Answers> {
    return Object.fromEntries(
        Object.entries(now).map(([subset, counts]) => [
            subset,
            Object.fromEntries(
                Object.entries(counts)
                    .map(([status, count]) => [status, count - (before[subset]?.[status] ?? 0)])
                    .filter(([, count]) => count !== 0),
            ),
        ]),
    );
}

/** The same objects, their pods outside of the mesh. */
function withoutSidecar(objects: object[]): object[] {
    return JSON.parse(
        JSON.stringify(objects).replaceAll(
            '"annotations":{',
            '"annotations":{"sidecar.istio.io/inject":"false",',
        ),
    );
}
