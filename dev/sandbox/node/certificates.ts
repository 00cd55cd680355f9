// Certificates and kubeconfigs of the cluster, created with kubeadm's phases.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { clusterFiles, type Layout, network } from "../layout";
import type { PartContext } from "../parts";
import { run } from "../processes/runCommand";

/** Does nothing if they exist. */
export async function makeCertificates(
    { layout, bin, ports }: PartContext,
    signal: AbortSignal,
): Promise<void> {
    const files = clusterFiles(layout);
    if (existsSync(files.hostKubeconfig)) {
        return;
    }
    mkdirSync(files.config, { recursive: true });
    const config = path.join(files.config, "kubeadm.yaml");
    writeFileSync(config, kubeadmConfig(layout));
    const kubeadm = (args: string[]) => run([bin("kubeadm"), ...args], { signal });
    await kubeadm(["init", "phase", "certs", "all", `--config=${config}`]);
    await kubeadm([
        ...["init", "phase", "kubeconfig", "all", `--config=${config}`],
        `--kubeconfig-dir=${files.kubeconfigs}`,
    ]);
    const proxy = await kubeadm([
        ...["kubeconfig", "user", `--config=${config}`, "--client-name=system:kube-proxy"],
    ]);
    const secret = { mode: 0o600 };
    writeFileSync(path.join(files.kubeconfigs, "kube-proxy.conf"), proxy, secret);
    const host = hostKubeconfig(readFileSync(files.admin, "utf8"), layout.id, ports.api);
    writeFileSync(files.hostKubeconfig, host, secret);
}

export function kubeadmConfig(layout: Layout): string {
    const api = "kubeadm.k8s.io/v1beta4";
    return [
        {
            apiVersion: api,
            kind: "InitConfiguration",
            localAPIEndpoint: { advertiseAddress: network.node, bindPort: network.apiPort },
            nodeRegistration: {
                name: network.nodeName,
                criSocket: "unix:///run/containerd/containerd.sock",
            },
        },
        {
            apiVersion: api,
            kind: "ClusterConfiguration",
            clusterName: layout.id,
            kubernetesVersion: "v1.35.4",
            certificatesDir: clusterFiles(layout).pki,
            encryptionAlgorithm: "ECDSA-P256",
            networking: {
                serviceSubnet: network.services,
                podSubnet: network.pods,
                dnsDomain: network.domain,
            },
            apiServer: { certSANs: ["127.0.0.1", "localhost"] },
        },
    ]
        .map((document) => stringify(document))
        .join("---\n");
}

/** The administrator's kubeconfig for the user's shell: uses the loopback port, and names all entries after the sandbox. */
export function hostKubeconfig(inside: string, id: string, port: number): string {
    const config = parse(inside);
    return stringify({
        ...config,
        clusters: [
            {
                name: id,
                cluster: { ...config.clusters[0].cluster, server: `https://127.0.0.1:${port}` },
            },
        ],
        users: [{ ...config.users[0], name: id }],
        contexts: [{ name: id, context: { cluster: id, user: id } }],
        "current-context": id,
    });
}
