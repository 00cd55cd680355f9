// The sandbox's network namespace (the node's network) and mount namespace (the node's /run/containerd, /var/lib/kubelet, …).
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { clusterFiles, type Layout, network } from "../layout";
import { run } from "../processes/runCommand";

/**
 * Machine-wide settings that a kubelet would change, with the values that it requires. The sandbox mounts files with these
 * values in their place, so that its kubelet leaves the machine's settings alone.
 */
const kernelTunables: Readonly<Record<string, string>> = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
};

/** Path that container software uses machine-wide → the sandbox's directory that is mounted there. */
export function privatePaths(layout: Layout): Record<string, string> {
    return {
        "/run/containerd": path.join(layout.runDir, "containerd"),
        "/var/lib/kubelet": clusterFiles(layout).kubelet,
        "/var/lib/cni": path.join(layout.clusterDir, "cni"),
        "/var/log/pods": path.join(layout.clusterDir, "log", "pods"),
        "/var/log/containers": path.join(layout.clusterDir, "log", "containers"),
    };
}

export function namespacesExist(layout: Layout): boolean {
    return [layout.networkNamespace, layout.mountNamespace].every(isNamespacePin);
}

/** A mounted pin is on the nsfs, another device; after a reboot, only an empty file is left. */
function isNamespacePin(file: string): boolean {
    try {
        return statSync(file).dev !== statSync(path.dirname(file)).dev;
    } catch {
        return false;
    }
}

/** Command prefix that runs a command inside. Not `ip netns exec`, which would hide the cgroups. */
export function insideNamespaces(layout: Layout): string[] {
    return [
        "nsenter",
        `--net=${layout.networkNamespace}`,
        `--mount=${layout.mountNamespace}`,
        "--",
    ];
}

export async function createNamespaces(layout: Layout): Promise<void> {
    const pins = path.dirname(layout.mountNamespace);
    mkdirSync(pins, { recursive: true });
    // A mount namespace can only be pinned on a mount that does not propagate.
    await run(["mount", "--bind", pins, pins]);
    await run(["mount", "--make-private", pins]);
    await createNetwork(layout);
    await createMounts(layout);
}

async function createNetwork(layout: Layout): Promise<void> {
    writeFileSync(layout.networkNamespace, "");
    await run(["unshare", `--net=${layout.networkNamespace}`, "true"]);
    const { nodeBridge, node, nodePrefix } = network;
    const inside = ["nsenter", `--net=${layout.networkNamespace}`, "--"];
    const batch = [
        "link set lo up",
        `link add ${nodeBridge} type bridge`,
        `address add ${node}/${nodePrefix} dev ${nodeBridge}`,
        `link set ${nodeBridge} up`,
        // Programs find the machine's address through its default route.
        `route add default dev ${nodeBridge}`,
    ];
    await run([...inside, "ip", "-batch", "-"], { input: `${batch.join("\n")}\n` });
    // Without bridge-nf-call-iptables, a response between pods on the same bridge would bypass the Service's address translation.
    await run([
        ...inside,
        "sh",
        "-ec",
        "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables",
    ]);
}

async function createMounts(layout: Layout): Promise<void> {
    writeFileSync(layout.mountNamespace, "");
    const binds = { ...privatePaths(layout), ...tunableFiles(layout) };
    for (const [target, source] of Object.entries(privatePaths(layout))) {
        mkdirSync(target, { recursive: true });
        mkdirSync(source, { recursive: true });
    }
    // Shared inside, because pods may use mount propagation; a slave of the machine, so that mounts do not leak out.
    // Unmounts copies of other sandboxes' pins, which would keep their network namespaces alive.
    const script = `mount --make-rshared /
        for pin in /run/canary-*/ns/net; do umount "$pin" || true; done
        while [ $# -gt 0 ]; do mount --bind "$1" "$2"; shift 2; done`;
    await run([
        ...["unshare", `--mount=${layout.mountNamespace}`, "--propagation", "slave"],
        ...["sh", "-ec", script, "sh"],
        ...Object.entries(binds).flatMap(([target, source]) => [source, target]),
    ]);
}

function tunableFiles(layout: Layout): Record<string, string> {
    const dir = path.join(layout.clusterDir, "tunables");
    mkdirSync(dir, { recursive: true });
    const files: Record<string, string> = {};
    for (const [name, value] of Object.entries(kernelTunables)) {
        const file = path.join(dir, name.replaceAll("/", "-"));
        writeFileSync(file, `${value}\n`);
        if (existsSync(`/proc/sys/${name}`)) {
            files[`/proc/sys/${name}`] = file;
        }
    }
    return files;
}
