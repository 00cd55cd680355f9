// The way in from outside: TLS, redirect, and the same split and the same rollback as inside.
import assert from "node:assert/strict";
import { execa } from "execa";
import { proportionInterval, z9999 } from "../../../canary/analysis/statistics/proportionInterval";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { Stack, withoutPreview } from "../../../dev/sandbox/demo/stack";
import type { Target } from "../../../dev/sandbox/demo/target";
import { httpsGateway, Outside, selfSigned, tlsSecret } from "../harness/callers/outside";
import { countBy, Requester } from "../harness/callers/requester";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-gateway";
const host = "shop.example.com";
const ingress = "istio-system";

describe("a gateway", () => {
    let target: Target;
    let cluster: Cluster;
    let stack: Stack;
    let outside: Outside;
    let inside: Requester;

    before(async () => {
        target = await sandboxTarget(false);
        cluster = sandboxCluster();
        const certificate = selfSigned(host);
        await cluster.createNamespace(`${namespace}-client`);
        await cluster.apply(tlsSecret("shop-example-com", ingress, certificate));
        outside = new Outside(cluster, host, certificate.cert);
        inside = new Requester(cluster, `${namespace}-client`);
        stack = new Stack(target, { name: namespace, namespace });
        await stack.init();
        await use("Create a Gateway");
        const up = async () => succeeded(await stack.up());
        await Promise.all([up(), inside.start()]);
        await eventually("an answer", 30, () => outside.get(), answered);
    });

    after(async () => {
        await outside?.end();
        await stack?.remove();
        const leftovers = ["secret/shop-example-com", "gateway.networking.istio.io/public"];
        await cluster.kubectl("delete", "-n", ingress, "--ignore-not-found", ...leftovers);
        await cluster.removeNamespace(`${namespace}-client`);
    });

    it("serves TLS with the credential's certificate, and v1 alone at weight 0", async () => {
        assert.deepEqual(countBy(await outside.send(100), version), { v1: 100 });
    });

    it("sends plain text there", async () => {
        const { status, location } = await outside.getPlain();
        assert.deepEqual([status, location], [301, `https://${host}/`]);
    });

    it("is closed to a host that it does not serve", async () => {
        const other = new Outside(cluster, "other.example.com", "");
        const { status, error } = await other.get();
        await other.end();
        assert.equal(status, 0);
        assert.match(error ?? "", /socket|reset|disconnected/i);
    });

    it("shares requests from outside as from inside, by either name", async () => {
        await weight(50);
        await eventually("a canary from outside", 30, () => outside.get(), isCanary);
        const cluster = `http://web.${namespace}.svc.cluster.local/`;
        await eventually("a canary inside", 30, () => inside.versions({ url: cluster }), hasBoth);
        const counts = {
            outside: countBy(await outside.send(400), version),
            inside: await inside.versions({ url: cluster }, 400),
            byName: await inside.versions({ url: cluster, headers: { Host: host } }, 400),
        };
        console.log(`        at 50 %: ${JSON.stringify(counts)}`);
        for (const [who, { v1 = 0, v2 = 0, ...others }] of Object.entries(counts)) {
            assert.deepEqual(others, {}, who);
            const { low, high } = proportionInterval(v2, v1 + v2, z9999);
            assert.ok(low <= 0.5 && high >= 0.5, `${who}: ${v2} of ${v1 + v2}`);
        }
    });

    it("keeps the canary off stable-only paths, for callers outside too", async () => {
        assert.deepEqual(countBy(await outside.send(50, "/admin/users"), version), { v1: 50 });
    });

    it("changes nothing when nothing changed, and leaves istioctl analyze nothing to find", async () => {
        const { output } = succeeded(await stack.up());
        assert.doesNotMatch(output, /to (create|update|delete|replace)/);
        const analyze = await execa("istioctl", ["analyze", "-n", namespace], {
            env: target.env,
            all: true,
            reject: false,
        });
        assert.match(analyze.all ?? "", /No validation issues found/);
    });

    it("can be looked into, as the page says", async () => {
        const asked = async (what: string) => {
            const args = ["proxy-config", what, "-n", ingress, "deploy/istio-ingressgateway"];
            return (await execa("istioctl", args, { env: target.env })).stdout;
        };
        assert.match(await asked("listeners"), /8443/);
        assert.match(await asked("routes"), new RegExp(`${host} .*web\\.${namespace}`));
        assert.match(await asked("secret"), /kubernetes:\/\/shop-example-com .* ACTIVE +true/);
    });

    it("goes back to 0 without one failed request", async () => {
        const since = outside.answers.length;
        outside.start(50);
        await sent(since + 100);
        await weight(0);
        const settled = await eventually(
            "a hundred answers without the canary's",
            30,
            async () => outside.answers,
            (all) => all.length >= since + 200 && all.slice(-100).every((one) => !isCanary(one)),
        ).then((all) => all.length);
        await sent(settled + 100);
        await outside.end();
        const all = outside.answers.slice(since);
        console.log(`        back to 0: ${JSON.stringify(countBy(all, version))} from outside`);
        assert.deepEqual(
            all.filter((one) => !answered(one)),
            [],
        );
        assert.deepEqual(countBy(outside.answers.slice(settled), version), {
            v1: outside.answers.length - settled,
        });
    });

    it("comes in by its principal, where callers are named, and the others do not", async () => {
        await use("Create a Gateway", "Allow the gateway to call");
        succeeded(await stack.up());
        const url = `http://web.${namespace}.svc.cluster.local/`;
        await eventually(
            "a refusal by every pod",
            30,
            () => inside.versions({ url }),
            (counts) => counts[403] === 40,
        );
        assert.deepEqual(countBy(await outside.send(100), version), { v1: 100 });
    });

    it("may be an existing one", async () => {
        await cluster.apply(httpsGateway("public", ingress, "*.example.com", "shop-example-com"));
        await use("Use an existing Gateway");
        succeeded(await stack.up());
        const gateways = await cluster.kubectl("get", "gateways.networking.istio.io", "-A");
        assert.match(gateways, /public/);
        assert.doesNotMatch(gateways, new RegExp(namespace));
        await eventually(
            "answers over the existing gateway alone",
            30,
            () => outside.send(20),
            (all) => all.every(answered),
        );
        assert.deepEqual(countBy(await outside.send(100), version), { v1: 100 });
    });

    it("is refused in preview where it could not work", async () => {
        await stack.edit((config) => {
            config.hosts = ["*", "web"];
            config.gateways = ["istio-system/public"];
            config.gateway = { plaintext: "serve" };
        });
        const { exitCode, output } = await stack.preview();
        assert.notEqual(exitCode, 0);
        for (const problem of [
            /hosts\[0\]: expected a fully qualified external host name.*, got "\*"/,
            /hosts\[1\]: expected a fully qualified external host name.*, got "web"/,
            /gateways: expected a list with "mesh"/,
            /gateway\.plaintext: expected one of redirect, closed, got "serve"/,
        ]) {
            assert.match(output, problem);
        }
    });

    /** The config that the page shows under some headings, and no other of the page's. */
    async function use(...headings: string[]) {
        await stack.edit((config) => {
            for (const key of ["hosts", "gateway", "gateways", "mtls", "callers"]) {
                delete config[key];
            }
            for (const heading of headings) {
                Object.assign(config, docsConfig("traffic/gateway.md", { heading }));
            }
        });
    }

    async function weight(value: number) {
        await stack.set("weight", value);
        succeeded(await stack.up(undefined, withoutPreview));
    }

    const sent = (count: number) =>
        eventually(
            `${count} answers`,
            60,
            async () => outside.answers.length,
            (n) => n >= count,
        );
});

const version = (one: { version: string }) => one.version;
const answered = ({ status }: { status: number }) => status === 200;
const isCanary = (one: { version: string }) => one.version === "v2";
const hasBoth = ({ v1 = 0, v2 = 0 }: Record<string, number>) => v1 > 0 && v2 > 0;
