// Clients in other namespaces: 503 for all of them where they see a route but not its subsets.
import assert from "node:assert/strict";
import path from "node:path";
import { execa } from "execa";
import { CHECKOUT } from "../../../dev/checkout";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import type { Target } from "../../../dev/sandbox/demo/target";
import { Requester } from "../harness/callers/requester";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { type Program, testProgram } from "../harness/program";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-visibility";
const elsewhere = "mesh-visibility-client";
const host = `web.${namespace}.svc.cluster.local`;
const request = { url: `http://${host}/` };

describe("a rollout's clients in other namespaces", () => {
    let target: Target;
    let cluster: Cluster;
    let program: Program;
    let neighbour: Requester;
    let stranger: Requester;
    let plain: Requester;

    before(async () => {
        target = await sandboxTarget(false);
        cluster = sandboxCluster();
        await Promise.all([namespace, elsewhere].map((name) => cluster.createNamespace(name)));
        program = await testProgram(target, "visibility");
        await program.configure({ namespace, weight: "50", hidden: '["DestinationRule"]' });
        neighbour = new Requester(cluster, namespace);
        stranger = new Requester(cluster, elsewhere);
        const without = { app: "plain", "sidecar.istio.io/inject": "false" };
        plain = new Requester(cluster, elsewhere, "plain", without);
        const up = async () => succeeded(await program.up());
        const clients = [neighbour, stranger, plain];
        await Promise.all([up(), ...clients.map((client) => client.start())]);
    });

    after(async () => {
        await program?.remove();
        await Promise.all([namespace, elsewhere].map((name) => cluster.removeNamespace(name)));
    });

    it("get 503 for every request where only the own namespace sees the subsets", async () => {
        await eventually("both versions", 30, () => neighbour.versions(request), hasBoth);
        await eventually("a route", 30, () => stranger.versions(request), onlyFailures);
        const counts = {
            neighbour: await neighbour.versions(request, 200),
            stranger: await stranger.versions(request, 200),
        };
        console.log(`        subsets for the own namespace: ${JSON.stringify(counts)}`);
        const { v1 = 0, v2 = 0 } = counts.neighbour;
        assert.equal(v1 + v2, 200);
        assert.deepEqual(counts.stranger, { 503: 200 });
        assert.deepEqual(
            [await subsetsIn(namespace), await subsetsIn(elsewhere)],
            [["v1", "v2"], []],
        );
    });

    it("are not let into that by the pack", async () => {
        const pack = path.join(CHECKOUT, "policy");
        const { exitCode, output } = await program.preview("--policy-pack", pack);
        assert.notEqual(exitCode, 0);
        assert.match(
            output.replace(/\s+/g, " "),
            /visible-subsets.*exportTo: expected .*, got \["\."\]/,
        );
    });

    it("get both versions as the component makes it", async () => {
        await program.configure({ hidden: "[]" });
        succeeded(await program.up());
        await eventually("both versions", 30, () => stranger.versions(request), hasBoth);
        const counts = await stranger.versions(request, 400);
        console.log(`        subsets for every namespace: ${JSON.stringify(counts)}`);
        const { v1 = 0, v2 = 0 } = counts;
        assert.equal(v1 + v2, 400, JSON.stringify(counts));
        assert.ok(v1 > 120 && v2 > 120, JSON.stringify(counts));
        assert.deepEqual(await subsetsIn(elsewhere), ["v1", "v2"]);
    });

    it("get both by pod count at weight 0, where they have no sidecar", async () => {
        await program.configure({ weight: "0" });
        succeeded(await program.up());
        await eventually("no canary", 30, () => stranger.versions(request), onlyStable);
        const counts = {
            sidecar: await stranger.versions(request, 200),
            plain: await plain.versions(request, 200),
        };
        console.log(`        weight 0: ${JSON.stringify(counts)}`);
        assert.deepEqual(counts.sidecar, { v1: 200 });
        assert.ok((counts.plain.v2 ?? 0) > 0, JSON.stringify(counts));
    });

    it("would get both by pod count at weight 0, were the whole rollout hidden from them", async () => {
        const kinds = ["Service", "DestinationRule", "VirtualService"];
        await program.configure({ hidden: JSON.stringify(kinds) });
        succeeded(await program.up());
        const counts = await eventually(
            "the canary",
            30,
            () => stranger.versions(request, 200),
            ({ v2 = 0 }) => v2 > 0,
        );
        console.log(`        weight 0, hidden: ${JSON.stringify(counts)}`);
        assert.deepEqual(await neighbour.versions(request, 200), { v1: 200 });
    });

    /** The subsets of the app that the client of a namespace has, as istioctl says. */
    async function subsetsIn(where: string): Promise<string[]> {
        const { stdout } = await execa(
            "istioctl",
            ["proxy-config", "clusters", "-n", where, "client", "--fqdn", host, "-o", "json"],
            { env: target.env },
        );
        const clusters: { name: string }[] = JSON.parse(stdout);
        return clusters
            .map(({ name }) => name.split("|"))
            .flatMap(([direction, , subset = ""]) =>
                direction === "outbound" && subset !== "" ? [subset] : [],
            )
            .sort();
    }
});

const hasBoth = ({ v1 = 0, v2 = 0, ...others }: Record<string, number>) =>
    v1 > 0 && v2 > 0 && Object.keys(others).length === 0;
const onlyStable = ({ v1 = 0, ...others }: Record<string, number>) =>
    v1 > 0 && Object.keys(others).length === 0;
const onlyFailures = ({ v1 = 0, v2 = 0 }: Record<string, number>) => v1 + v2 === 0;
