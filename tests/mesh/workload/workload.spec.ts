// What docs/workload/workload.md says of a version's pods, on a cluster: what they serve, when they change, how many they are.
import assert from "node:assert/strict";
import path from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { CHECKOUT } from "../../../dev/checkout";
import { sandboxTarget } from "../../../dev/sandbox/demo/openTarget";
import { Stack, type StackConfig } from "../../../dev/sandbox/demo/stack";
import { at } from "../../../rollout/config/unknown";
import { Requester } from "../harness/callers/requester";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";
import { docsConfig } from "../harness/docs/docsConfig";
import { succeeded } from "../harness/succeeded";

const namespace = "mesh-workload";
const clients = "mesh-workload-client";
const restricted = "mesh-workload-restricted";
const url = `http://web.${namespace}.svc.cluster.local/`;

type Versions = Record<"v1" | "v2", Version>;
interface Version {
    [key: string]: unknown;
    config: { env: Record<string, string>; files: Record<string, string> };
    initContainers: Record<string, unknown>[];
}

/** The page's install.sh for the images that the sandbox has: k6 writes what Fortio puts into its answers. */
const install = `export default function () {}
export function handleSummary() {
    const { GREETING, POD_NAME, TOKEN, PASSWORD } = __ENV;
    const headers = { "X-Greeting": GREETING, "X-Pod": POD_NAME, "X-Token": TOKEN, "X-Password": PASSWORD };
    const lines = Object.entries(headers).map(([name, value]) => "header=" + encodeURIComponent(name + ":" + value));
    return { "/work-dir/echo-server-default-params": lines.join("&") };
}`;

function onSandbox(version: Version, { args = [], probes }: StackConfig["versions"]["v1"]): void {
    const user = { securityContext: { runAsUser: 65_532 } };
    const page = args.filter((arg) => !arg.startsWith("-echo-server-default-params"));
    Object.assign(version, user, {
        image: "sandbox/fortio:1.68.1",
        imagePullPolicy: "IfNotPresent",
        command: ["fortio"],
        args: [...page, "-config-dir=/usr/share/nginx/html"],
        probes,
    });
    version.config.files = { "install.js": install };
    Object.assign(version.initContainers[0] ?? {}, user, {
        image: "sandbox/k6:1.8.1",
        imagePullPolicy: "IfNotPresent",
        command: ["k6", "run", "--quiet", "--no-usage-report", "--address="],
        args: ["/etc/web/install.js"],
    });
}

describe("a version's workload", () => {
    let cluster: Cluster;
    let stack: Stack;
    let client: Requester;

    before(async () => {
        cluster = sandboxCluster();
        stack = new Stack(await sandboxTarget(false), { name: namespace, namespace });
        client = new Requester(cluster, clients);
        await Promise.all([cluster.createNamespace(namespace), cluster.createNamespace(clients)]);
        await cluster.apply({
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "web-token-1", namespace },
            stringData: { token: "sesame" },
        });
        await Promise.all([deploy(), client.start()]);
    });

    after(async () => {
        await stack?.discard();
        await cluster?.removeNamespace(clients);
        await cluster?.removeNamespace(restricted);
    });

    async function deploy(): Promise<void> {
        await stack.init();
        await stack.edit((config) => {
            const page = docsConfig("workload/workload.md") as { versions: Versions };
            onSandbox(page.versions.v1, config.versions.v1);
            onSandbox(page.versions.v2, config.versions.v2);
            Object.assign(config, page, { createNamespace: "false", drain: "1s" });
        });
        await stack.setSecret("secrets.v1.PASSWORD", "abracadabra");
        succeeded(await stack.up());
    }

    /** The answers' own words, one of each. */
    async function greetings(): Promise<string[]> {
        const answers = await client.send(Array.from({ length: 40 }, () => ({ url })));
        return [...new Set(answers.map(({ headers }) => headers["X-Greeting"] ?? "none"))].sort();
    }

    async function names(kind: string, labels: string): Promise<string[]> {
        const names = "jsonpath={.items[*].metadata.name}";
        const found = await cluster.kubectl(
            "get",
            kind,
            "-n",
            namespace,
            "-l",
            labels,
            "-o",
            names,
        );
        return found.split(" ").filter((name) => name !== "");
    }

    async function get(kind: string, name: string, path: string): Promise<string> {
        return cluster.kubectl("get", kind, name, "-n", namespace, "-o", `jsonpath={${path}}`);
    }

    it("serves what its init container made of ConfigMap, Secret and the pod's own name", async () => {
        const answers = await client.send(Array.from({ length: 20 }, () => ({ url })));
        const pods = await names("pods", "version=v1");
        for (const { headers } of answers) {
            assert.equal(headers["X-Greeting"], "Tested load");
            assert.equal(headers["X-Token"], "sesame");
            assert.equal(headers["X-Password"], "abracadabra");
            assert.ok(pods.includes(headers["X-Pod"] ?? ""), `${headers["X-Pod"]} of ${pods}`);
        }
    });

    it("keeps what is secret encrypted in its state", async () => {
        assert.doesNotMatch(await stack.state(), /abracadabra|YWJyYWNhZGFicmE/);
    });

    it("refuses another config for the slot that gets the requests", async () => {
        await greeting("v1", "Other load");
        const { exitCode, output } = await stack.preview();
        assert.notEqual(exitCode, 0, output);
        assert.match(
            output.replace(/\s+/g, " "),
            /slot-in-use.*web-v1: .*configMapKeyRef\.name: expected "web-v1-config-[0-9a-f]{8}" \(unchanged\), .*, got "web-v1-config-/,
        );
        await greeting("v1", "Tested load");
    });

    it("takes another config as a new version's: its own ConfigMap and pods, the stable's untouched", async () => {
        const before = { pods: await names("pods", "version=v1"), maps: await maps() };
        assert.deepEqual([before.maps.v1.length, before.maps.v2.length], [1, 1]);
        await greeting("v2", "Newer load");
        await stack.set("weight", 50);
        succeeded(await stack.up());
        const after = { pods: await names("pods", "version=v1"), maps: await maps() };
        assert.deepEqual(after.pods, before.pods);
        assert.deepEqual(after.maps.v1, before.maps.v1);
        assert.equal(after.maps.v2.length, 1);
        assert.notDeepEqual(after.maps.v2, before.maps.v2);
        await eventually(
            "answers of both versions",
            30,
            greetings,
            (found) => found.join() === "Newer load,Tested load",
        );
    });

    it("keeps the number of pods that the autoscaler chose", async () => {
        const more = ["--type=merge", "-p", '{"spec": {"minReplicas": 2}}'];
        await cluster.kubectl("patch", "hpa", "web-v2", "-n", namespace, ...more);
        const chosen = () => get("deployment", "web-v2", ".spec.replicas");
        await eventually("the autoscaler's choice", 60, chosen, (found) => found === "2");
        const before = await get("deployment", "web-v2", ".metadata.annotations");
        await stack.set("weight", 0);
        succeeded(await stack.up());
        assert.notEqual(await get("deployment", "web-v2", ".metadata.annotations"), before);
        assert.equal(await chosen(), "2");
    });

    it("has the pods that podTemplate asks for", async () => {
        const pod = ".spec.template";
        const found = await get("deployment", "web-v2", `${pod}.metadata.annotations`);
        assert.equal(JSON.parse(found)["example.com/team"], "shop");
        assert.match(found, /proxy\.istio\.io\/config/);
        const node = await get("deployment", "web-v2", `${pod}.spec.nodeSelector`);
        assert.deepEqual(JSON.parse(node), { "kubernetes.io/os": "linux" });
    });

    it("can be extended by a program's own transforms", async () => {
        const { pulumiFile, env } = await sandboxTarget(false);
        const cwd = path.join(CHECKOUT, "tests", "mesh", "programs", "transformed");
        const pulumi = (...args: string[]) =>
            execa(pulumiFile, [...args, "--non-interactive", "--stack", "mesh"], { cwd, env });
        await pulumi("stack", "init", "--no-select");
        try {
            const { stdout } = await pulumi("preview", "--json");
            const steps: { newState: { type: string; inputs: { spec?: object } } }[] =
                JSON.parse(stdout).steps;
            const made = steps.find(
                ({ newState }) => newState.type === "kubernetes:apps/v1:Deployment",
            );
            assert.equal(at(made?.newState.inputs, "spec", "minReadySeconds"), 5);
            assert.equal(
                at(made?.newState.inputs, "spec", "template", "metadata", "labels", "version"),
                "v1",
            );
        } finally {
            await pulumi("stack", "rm", "--yes");
        }
    });

    it("is what the restricted Pod Security Standard wants, but for Istio's own init container", async () => {
        const enforced = { "pod-security.kubernetes.io/enforce": "restricted" };
        const metadata = { name: restricted, labels: enforced };
        await cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata });
        const template = JSON.parse(await get("deployment", "web-v1", ".spec.template"));
        const created = async (inject: string) => {
            const labels = { ...template.metadata.labels, "sidecar.istio.io/inject": inject };
            const { serviceAccountName, serviceAccount, ...spec } = template.spec;
            const pod = {
                apiVersion: "v1",
                kind: "Pod",
                metadata: { name: "web", namespace: restricted, labels },
                spec,
            };
            return execa("kubectl", ["create", "--dry-run=server", "-f", "-"], {
                env: cluster.env,
                input: JSON.stringify(pod),
                reject: false,
                all: true,
            });
        };
        const alone = await created("false");
        assert.equal(alone.exitCode, 0, alone.all);
        const { all = "" } = await created("true");
        assert.match(all, /violates PodSecurity "restricted/);
        const blamed = [...all.matchAll(/containers? ((?:"[\w-]+",? ?)+)/g)].flatMap(
            ([, list = ""]) => parse(`[${list.trim()}]`) as string[],
        );
        assert.deepEqual([...new Set(blamed)].sort(), ["istio-init"]);
    });

    it("lets a drain take one pod of a slot at a time, and the only one too", async () => {
        const evict = async (pod: string) =>
            execa(
                "kubectl",
                ["create", "--raw", `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`, "-f-"],
                {
                    env: cluster.env,
                    input: JSON.stringify({
                        apiVersion: "policy/v1",
                        kind: "Eviction",
                        metadata: { name: pod, namespace },
                    }),
                    reject: false,
                    all: true,
                },
            );
        const allowed = () => get("pdb", "web-v1", ".status.disruptionsAllowed");
        await eventually("a pod to spare", 30, allowed, (found) => found === "1");
        const [first = "", second = ""] = await names("pods", "version=v1");
        assert.equal((await evict(first)).exitCode, 0);
        assert.match((await evict(second)).all ?? "", /disruption budget/);
        await cluster.kubectl(
            "patch",
            "hpa",
            "web-v2",
            "-n",
            namespace,
            "--type=merge",
            "-p",
            '{"spec": {"minReplicas": 1, "maxReplicas": 1}}',
        );
        const one = () => get("pdb", "web-v2", ".status.currentHealthy");
        await eventually("a single pod", 60, one, (found) => found === "1");
        const [only = ""] = await names("pods", "version=v2");
        assert.equal((await evict(only)).exitCode, 0);
    });

    async function greeting(slot: "v1" | "v2", text: string): Promise<void> {
        await stack.edit(({ versions }) => {
            (versions as unknown as Versions)[slot].config.env.GREETING = text;
        });
    }

    async function maps(): Promise<Record<"v1" | "v2", string[]>> {
        return {
            v1: await names("configmaps", "app=web,version=v1"),
            v2: await names("configmaps", "app=web,version=v2"),
        };
    }
});
