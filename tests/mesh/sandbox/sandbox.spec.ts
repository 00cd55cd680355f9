// The sandbox as a user sees it: sidecars, DNS, mTLS, metrics, logs, exec, status.
import assert from "node:assert/strict";
import http from "node:http";
import { execa } from "execa";
import { COMMAND } from "../../../dev/checkout";
import { type Cluster, eventually, sandboxCluster } from "../harness/cluster";

const namespace = "mesh-sandbox";

/** Runs `COMMAND sandbox …`. */
const sandbox = (...args: string[]) =>
    execa(process.execPath, [COMMAND, "sandbox", ...args], { reject: false });

/** A Fortio echo server, which is also a client through `kubectl exec`. */
function deployment(app: string, version: string): object {
    const labels = { app, version };
    const disabled = ["grpc", "tcp", "udp", "redirect"].map((name) => `-${name}-port=disabled`);
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: `${app}-${version}`, namespace },
        spec: {
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: {
                    terminationGracePeriodSeconds: 1,
                    containers: [
                        {
                            name: app,
                            image: "sandbox/fortio:1.68.1",
                            imagePullPolicy: "IfNotPresent",
                            args: ["server", "-http-port=8080", "-ui-path=", ...disabled],
                        },
                    ],
                },
            },
        },
    };
}

const inNamespace = (apiVersion: string, kind: string, name: string, spec: object) => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
    spec,
});

describe("the sandbox", () => {
    let cluster: Cluster;

    before(async () => {
        cluster = sandboxCluster();
        await cluster.createNamespace(namespace);
        await cluster.apply(
            deployment("web", "v1"),
            deployment("client", "v1"),
            inNamespace("v1", "Service", "web", {
                selector: { app: "web" },
                ports: [{ name: "http", port: 80, targetPort: 8080 }],
            }),
            inNamespace("security.istio.io/v1", "PeerAuthentication", "default", {
                mtls: { mode: "STRICT" },
            }),
            inNamespace("networking.istio.io/v1", "DestinationRule", "web", {
                host: "web",
                subsets: [{ name: "v1", labels: { version: "v1" } }],
            }),
            inNamespace("networking.istio.io/v1", "VirtualService", "web", {
                hosts: ["web"],
                http: [{ timeout: "5s", route: [{ destination: { host: "web", subset: "v1" } }] }],
            }),
        );
        await cluster.available(namespace);
    });

    after(() => cluster?.removeNamespace(namespace));

    /** Sends a request from the client's pod. @returns the response body. @throws ExecaError with Fortio's log. */
    const request = (url: string) =>
        cluster.kubectl(
            ...["exec", "--namespace", namespace, "deployment/client-v1", "--container=client"],
            ...["--", "fortio", "curl", url],
        );

    it("gives every pod a native sidecar, which starts before the app and stops after it", async () => {
        const pods = JSON.parse(await cluster.kubectl("get", "pods", "-n", namespace, "-o=json"));
        const sidecars = pods.items.map(({ spec }: { spec: { initContainers: object[] } }) =>
            spec.initContainers.find((c) => "name" in c && c.name === "istio-proxy"),
        );
        assert.deepEqual(
            sidecars.map((sidecar: { restartPolicy?: string }) => sidecar?.restartPolicy),
            ["Always", "Always"],
        );
    });

    it("routes a request to the service's name, with mutual TLS between the workloads", async () => {
        await eventually(
            "a request with the client's certificate",
            30,
            () => request(`http://web.${namespace}/debug`).catch((error: Error) => error.message),
            (body) => body.includes(`URI=spiffe://cluster.local/ns/${namespace}/sa/default`),
        );
    });

    it("routes a request from the machine through the ingress gateway's loopback port", async () => {
        const destination = { host: `web.${namespace}.svc.cluster.local` };
        await cluster.apply(
            inNamespace("networking.istio.io/v1", "Gateway", "outside", {
                selector: { istio: "ingressgateway" },
                servers: [
                    {
                        port: { number: 80, name: "http", protocol: "HTTP" },
                        hosts: [`${namespace}/sandbox.example.com`],
                    },
                ],
            }),
            inNamespace("networking.istio.io/v1", "VirtualService", "outside", {
                hosts: ["sandbox.example.com"],
                gateways: ["outside"],
                http: [{ timeout: "5s", route: [{ destination }] }],
            }),
        );
        const get = () =>
            new Promise<number>((resolve) => {
                const options = { headers: { host: "sandbox.example.com" } };
                const request = http.get(cluster.env.INGRESS_HTTP_URL ?? "", options, (answer) => {
                    answer.resume();
                    resolve(answer.statusCode ?? 0);
                });
                request.once("error", () => resolve(0));
            });
        await eventually("a response", 30, get, (status) => status === 200);
    });

    it("counts requests as Istio's standard metrics, at source and destination", async () => {
        await request(`http://web.${namespace}/`);
        const total = (reporter: string) =>
            `sum by (destination_version, response_code) (istio_requests_total{reporter="${reporter}",${
                reporter === "source"
                    ? `source_workload="client-v1",destination_service="web.${namespace}.svc.cluster.local"`
                    : `destination_workload="web-v1",destination_workload_namespace="${namespace}"`
            }})`;
        for (const reporter of ["source", "destination"]) {
            const series = await eventually(
                `requests by reporter ${reporter}`,
                30,
                () => cluster.query(total(reporter)),
                (found) => found.some(({ value }) => value > 0),
            );
            const { metric } = series[0] ?? { metric: {} };
            assert.deepEqual(metric, { destination_version: "v1", response_code: "200" });
        }
    });

    it("counts every request once", async () => {
        const counted = async () => {
            const selector = `reporter="source",source_workload="client-v1",destination_service_namespace="${namespace}"`;
            const [series] = await cluster.query(`sum(istio_requests_total{${selector}})`);
            return series?.value ?? 0;
        };
        // Prometheus may not have scraped the requests of the tests above yet.
        await request(`http://web.${namespace}/`);
        const settled = await eventually("a steady count", 30, counted, unchangedFor(2));
        for (let i = 0; i < 5; i += 1) {
            await request(`http://web.${namespace}/`);
        }
        const more = await eventually("five more", 30, counted, (count) => count > settled + 4);
        assert.equal(more, settled + 5);
    });

    it("measures request durations", async () => {
        const name = "istio_request_duration_milliseconds_bucket";
        const series = await eventually(
            "buckets",
            30,
            () => cluster.query(`${name}{reporter="source",source_workload="client-v1"}`),
            (found) => found.length > 0,
        );
        assert.ok(series.some(({ metric }) => metric.le === "+Inf"));
    });

    it("prints a container's log", async () => {
        const args = ["logs", "-n", namespace, "deployment/web-v1", "-c", "istio-proxy"];
        assert.match(await cluster.kubectl(...args), /Envoy proxy is ready/);
    });

    it("returns `no such host` for an unknown name instead of timing out", async () => {
        await assert.rejects(
            request(`http://nobody.${namespace}.svc.cluster.local/`),
            /no such host/,
        );
    });

    it("reports the same version for istioctl, the control plane and the proxies", async () => {
        const { stdout } = await execa("istioctl", ["version"], { env: cluster.env });
        assert.match(
            stdout,
            /client version: (\S+)\ncontrol plane version: \1\ndata plane version: \1 /,
        );
    });

    it("reports every part as healthy, with exit code 0", async () => {
        const { stdout, exitCode } = await sandbox("status", "--json");
        const { state, parts } = JSON.parse(stdout);
        assert.equal(state, "healthy");
        assert.equal(exitCode, 0);
        assert.deepEqual(
            parts.map(({ name }: { name: string }) => name),
            [
                "etcd",
                "kube-apiserver",
                "kube-controller-manager",
                "kube-scheduler",
                "containerd",
                "kubelet",
                "kube-proxy",
                "prometheus",
                "relay-api",
                "relay-prometheus",
                "relay-http",
                "relay-https",
                "coredns",
                "istiod",
                "istio-ingressgateway",
            ],
        );
    });

    it("leaves a healthy sandbox alone on another `up`", async () => {
        const pids = async () => {
            const { parts } = JSON.parse((await sandbox("status", "--json")).stdout);
            return parts.map(({ pid }: { pid?: number }) => pid);
        };
        const before = await pids();
        const { stdout, exitCode } = await sandbox("up");
        assert.equal(exitCode, 0);
        assert.match(stdout, /^The sandbox is up\.\n/);
        assert.deepEqual(await pids(), before);
    });

    it("reports a dead part, and `up` restarts it", async () => {
        const status = async () => JSON.parse((await sandbox("status", "--json")).stdout);
        const scheduler = async () =>
            (await status()).parts.find(({ name }: { name: string }) => name === "kube-scheduler");
        process.kill((await scheduler()).pid, "SIGKILL");
        const dead = await eventually(
            "its exit",
            10,
            scheduler,
            ({ state }) => state !== "healthy",
        );
        assert.equal(dead.state, "stopped");
        assert.equal((await sandbox("status")).exitCode, 1);
        assert.equal((await sandbox("up")).exitCode, 0);
        assert.equal((await scheduler()).state, "healthy");
    });

    it("runs a command inside and returns its exit code", async () => {
        const inside = await sandbox("exec", "--", "kubectl", "get", "nodes", "-o", "name");
        assert.equal(inside.stdout, "node/sandbox");
        assert.equal((await sandbox("exec", "sh", "-c", "exit 7")).exitCode, 7);
    });

    it("prints the log of a part, for a process and a pod", async () => {
        for (const part of ["kubelet", "istiod"]) {
            const { stdout, exitCode } = await sandbox("logs", part, "-n", "3");
            assert.equal(exitCode, 0);
            assert.equal(stdout.split("\n").length, 3);
        }
    });
});

/** True once the value has not changed for more than that many scrape intervals. */
function unchangedFor(scrapes: number): (value: number) => boolean {
    let last = Number.NaN;
    let since = Date.now();
    return (value) => {
        if (value !== last) {
            last = value;
            since = Date.now();
        }
        return Date.now() - since > scrapes * 5000;
    };
}
