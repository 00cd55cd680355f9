// Where a sandbox keeps its things and what they are called: all of it follows from the checkout's real path.
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import path from "node:path";

/** Names and paths of one checkout's sandbox. Two checkouts share none of them. */
export interface Layout {
    /** `canary-` and 8 hex digits of the checkout's real path; names the network namespace and the cgroup. */
    readonly id: string;
    readonly checkout: string;
    /** `<checkout>/.sandbox`, git-ignored. */
    readonly root: string;
    /** Which cluster this is; written before the first thing starts. */
    readonly stateFile: string;
    /** What a running `up` or `down` holds. */
    readonly lockFile: string;
    /** One record per part: pid, start time, boot. */
    readonly partsDir: string;
    /** One log per part; kept until the next `up`. */
    readonly logsDir: string;
    /** All that belongs to the running cluster, and that `down` removes: certificates, etcd, kubelet, metrics, stacks. */
    readonly clusterDir: string;
    /** containerd's content: images survive `down`. */
    readonly containerdDir: string;
    /** Image archives made from the toolchain. */
    readonly imagesDir: string;
    /** Programs for the user's PATH. */
    readonly binDir: string;
    readonly pulumiHome: string;
    /** Short, because a unix socket's path has at most 107 bytes: sockets and the namespace pins. */
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

/** The same path gives the same id, so that `down` finds what an earlier life left, with no state file to help. */
export function sandboxId(realCheckout: string): string {
    return `canary-${createHash("sha256").update(realCheckout).digest("hex").slice(0, 8)}`;
}

/** Files of the cluster that several parts name. */
export function clusterFiles(layout: Layout) {
    const at = (...names: string[]) => path.join(layout.clusterDir, ...names);
    return {
        pki: at("pki"),
        config: at("config"),
        /** Kubeconfigs that kubeadm writes, for use inside the network namespace. */
        kubeconfigs: at("kubeconfigs"),
        admin: at("kubeconfigs", "super-admin.conf"),
        /** The same administrator through the loopback port of the host. */
        hostKubeconfig: at("kubeconfig"),
        stacks: at("stacks"),
        etcd: at("etcd"),
        kubelet: at("kubelet"),
        prometheus: at("prometheus"),
    };
}

/** Addresses inside the network namespace: the same in every sandbox, for none of them leaves it. */
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
