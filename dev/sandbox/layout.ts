// Paths and names of a sandbox, all derived from the checkout's real path.
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import path from "node:path";

/** Names and paths of one checkout's sandbox. No two checkouts share any of them. */
export interface Layout {
    /** `canary-` and 8 hex digits of the checkout's real path; names the network namespace and the cgroup. */
    readonly id: string;
    readonly checkout: string;
    /** `<checkout>/.sandbox`, git-ignored. */
    readonly root: string;
    /** Identity of the cluster; written before anything starts. */
    readonly stateFile: string;
    /** Lock held by a running `up` or `down`. */
    readonly lockFile: string;
    /** One record per part: PID, start time, boot ID. */
    readonly partsDir: string;
    /** One log per part; kept until the next `up`. */
    readonly logsDir: string;
    /** State of the running cluster, removed by `down`: certificates, etcd, kubelet, metrics, stacks. */
    readonly clusterDir: string;
    /** containerd's root, with the images; survives `down`. */
    readonly containerdDir: string;
    /** Image archives built from the toolchain. */
    readonly imagesDir: string;
    /** Programs for the user's PATH. */
    readonly binDir: string;
    readonly pulumiHome: string;
    /** Sockets and namespace pins. Short, because a Unix socket's path has at most 107 bytes. */
    readonly runDir: string;
    /** The pinned network namespace. */
    readonly networkNamespace: string;
    /** The pinned mount namespace. */
    readonly mountNamespace: string;
}

export function sandboxLayout(checkout: string): Layout {
    const real = realpathSync(checkout);
    const id = sandboxId(real);
    const root = path.join(real, ".sandbox");
    const runDir = `/run/${id}`;
    return {
        id,
        checkout: real,
        root,
        stateFile: path.join(root, "state.json"),
        lockFile: path.join(root, "lock"),
        partsDir: path.join(root, "parts"),
        logsDir: path.join(root, "logs"),
        clusterDir: path.join(root, "cluster"),
        containerdDir: path.join(root, "containerd"),
        imagesDir: path.join(root, "images"),
        binDir: path.join(root, "bin"),
        pulumiHome: path.join(root, "pulumi"),
        runDir,
        networkNamespace: `${runDir}/ns/net`,
        mountNamespace: `${runDir}/ns/mnt`,
    };
}

/** Depends on the path alone, so that `down` finds what an earlier run left even without a state file. */
export function sandboxId(realCheckout: string): string {
    return `canary-${createHash("sha256").update(realCheckout).digest("hex").slice(0, 8)}`;
}

/** Cluster files that several parts use. */
export function clusterFiles(layout: Layout) {
    const at = (...names: string[]) => path.join(layout.clusterDir, ...names);
    return {
        pki: at("pki"),
        config: at("config"),
        /** Kubeconfigs that kubeadm writes, for use inside the network namespace. */
        kubeconfigs: at("kubeconfigs"),
        admin: at("kubeconfigs", "super-admin.conf"),
        /** The same administrator, through the host's loopback port. */
        hostKubeconfig: at("kubeconfig"),
        stacks: at("stacks"),
        etcd: at("etcd"),
        kubelet: at("kubelet"),
        prometheus: at("prometheus"),
    };
}

/** Addresses inside the network namespace. Every sandbox uses the same ones, because none leaves its namespace. */
export const network = {
    node: "172.30.0.1",
    nodePrefix: 24,
    nodeBridge: "node0",
    podBridge: "cni0",
    pods: "10.244.0.0/16",
    services: "10.96.0.0/16",
    dns: "10.96.0.10",
    ingress: "10.96.0.80",
    domain: "cluster.local",
    apiPort: 6443,
    prometheusPort: 9090,
    nodeName: "sandbox",
} as const;
