// The node's configuration: the files must agree with each other.
import assert from "node:assert/strict";
import { parse, parseAllDocuments } from "yaml";
import { deploymentNotReady, podReason } from "../../../../dev/sandbox/addons/addonStatus";
import { istioOperator } from "../../../../dev/sandbox/addons/istio";
import { network, sandboxLayout } from "../../../../dev/sandbox/layout";
import { hostKubeconfig, kubeadmConfig } from "../../../../dev/sandbox/node/certificates";
import { nodeDaemons, nodeFiles } from "../../../../dev/sandbox/node/node";
import { inOrder } from "../../../../dev/sandbox/steps/steps";

const layout = sandboxLayout(process.cwd());
const daemons = nodeDaemons({
    layout,
    ports: { api: 20_000, prometheus: 20_002, http: 20_004, https: 20_006 },
    bin: (name) => `/toolchain/${name}`,
});
const command = (name: string) => daemons.find((daemon) => daemon.name === name)?.command ?? [];

describe("the node", () => {
    it("starts every daemon after its dependencies", () => {
        const others = ["node", "certificates", "images"].map((name) => ({ name }));
        const order = inOrder(
            [...daemons, ...others].map((each) => ({ ...each, run: async () => "" })),
        ).map(({ name }) => name);
        for (const { name, after } of daemons) {
            assert.ok(
                after.every((needed) => order.indexOf(needed) < order.indexOf(name)),
                name,
            );
        }
    });

    it("writes every configuration file that a daemon's command names", () => {
        const written = Object.keys(nodeFiles(layout));
        const named = daemons.flatMap((daemon) =>
            daemon.command.flatMap((word) => /^--config(?:\.file)?=(.*)$/.exec(word)?.[1] ?? []),
        );
        assert.equal(named.length, 4);
        assert.deepEqual(
            named.filter((file) => !written.includes(file)),
            [],
        );
    });

    it("listens only on the machine's loopback address", () => {
        for (const [name, port] of [
            ["relay-api", 20_000],
            ["relay-prometheus", 20_002],
            ["relay-http", 20_004],
            ["relay-https", 20_006],
        ] as const) {
            assert.ok(
                command(name).includes(`TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr,fork,nodelay`),
            );
        }
        const onHost = daemons.filter((daemon) => daemon.on === "host").map(({ name }) => name);
        assert.deepEqual(onHost, ["relay-api", "relay-prometheus", "relay-http", "relay-https"]);
    });

    it("configures the kubelet to use the sandbox's cgroup and DNS for pods", () => {
        const file = Object.keys(nodeFiles(layout)).find((name) => name.endsWith("kubelet.yaml"));
        const config = parse(nodeFiles(layout)[file ?? ""] ?? "");
        assert.equal(config.cgroupRoot, `/${layout.id}`);
        assert.deepEqual(config.clusterDNS, [network.dns]);
        assert.equal(config.failCgroupV1, false);
    });

    it("issues certificates for the loopback address that kubectl uses from outside", () => {
        const [init, cluster] = parseAllDocuments(kubeadmConfig(layout)).map((d) => d.toJS());
        assert.ok(cluster.apiServer.certSANs.includes("127.0.0.1"));
        assert.equal(cluster.networking.serviceSubnet, network.services);
        assert.equal(init.localAPIEndpoint.advertiseAddress, network.node);
    });
});

describe("hostKubeconfig", () => {
    it("keeps the certificates, uses the loopback port and names entries after the sandbox", () => {
        const inside = `
clusters: [{name: k, cluster: {server: "https://172.30.0.1:6443", certificate-authority-data: Q0E=}}]
users: [{name: admin, user: {client-certificate-data: QQ==, client-key-data: Qg==}}]
contexts: []`;
        assert.deepEqual(parse(hostKubeconfig(inside, "canary-01234567", 20_000)), {
            clusters: [
                {
                    name: "canary-01234567",
                    cluster: {
                        server: "https://127.0.0.1:20000",
                        "certificate-authority-data": "Q0E=",
                    },
                },
            ],
            users: [
                {
                    name: "canary-01234567",
                    user: { "client-certificate-data": "QQ==", "client-key-data": "Qg==" },
                },
            ],
            contexts: [
                {
                    name: "canary-01234567",
                    context: { cluster: "canary-01234567", user: "canary-01234567" },
                },
            ],
            "current-context": "canary-01234567",
        });
    });
});

describe("istioOperator", () => {
    it("disables features that only Istio's Envoy build has", () => {
        const { values } = parse(istioOperator()).spec;
        assert.equal(values.telemetry.enabled, false);
        assert.equal(values.pilot.env.PILOT_ENABLE_METADATA_EXCHANGE, "false");
        assert.equal(values.pilot.env.PILOT_ENABLE_ALPN_FILTER, "false");
    });
});

describe("addon readiness", () => {
    const deployment = {
        metadata: { generation: 2 },
        spec: { replicas: 2 },
        status: { observedGeneration: 2, availableReplicas: 2, updatedReplicas: 2 },
    };

    it("has no reason to wait if all pods of the latest generation are available", () => {
        assert.equal(deploymentNotReady(deployment), undefined);
    });

    it("counts available pods, and waits for a generation that is not observed yet", () => {
        const { status } = deployment;
        const one = { ...deployment, status: { ...status, availableReplicas: 1 } };
        assert.equal(deploymentNotReady(one), "1 of 2 pods available");
        const old = { ...deployment, status: { ...status, observedGeneration: 1 } };
        assert.equal(deploymentNotReady(old), "2 of 2 pods available");
    });

    it("includes the container's own reason", () => {
        const waiting = { ready: false, state: { waiting: { reason: "ErrImagePull" } } };
        const pod = {
            metadata: { name: "istiod-x" },
            status: { phase: "Pending", containerStatuses: [waiting] },
        };
        assert.equal(podReason(pod), "istiod-x ErrImagePull");
        assert.equal(podReason({ ...pod, status: { phase: "Pending" } }), "istiod-x Pending");
    });
});
