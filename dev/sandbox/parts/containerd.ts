// containerd. Its sockets and state are at the usual paths, inside the sandbox's mount namespace.
import path from "node:path";
import { pauseImage } from "../images/recipes";
import { clusterFiles, type Layout } from "../layout";
import type { Daemon } from "../processes/daemon";
import type { PartContext } from "./partContext";

export function containerd({ layout }: PartContext): Daemon {
    return {
        name: "containerd",
        after: ["node"],
        command: ["containerd", `--config=${containerdConfigFile(layout)}`],
        health: { command: ["ctr", "--connect-timeout=2s", "version"] },
        address: "/run/containerd/containerd.sock (inside)",
        keepsChildren: true,
    };
}

export function containerdConfigFile(layout: Layout): string {
    return path.join(clusterFiles(layout).config, "containerd.toml");
}

export function cniConfigDir(layout: Layout): string {
    return path.join(clusterFiles(layout).config, "cni");
}

/** TOML. A JSON string is a valid TOML string. */
export function containerdConfig(layout: Layout): string {
    return `version = 2
root = ${JSON.stringify(layout.containerdDir)}
state = "/run/containerd"
disabled_plugins = [
    "io.containerd.internal.v1.opt",
    "io.containerd.snapshotter.v1.aufs",
    "io.containerd.snapshotter.v1.btrfs",
    "io.containerd.snapshotter.v1.devmapper",
    "io.containerd.snapshotter.v1.zfs",
]

[grpc]
address = "/run/containerd/containerd.sock"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = ${JSON.stringify(`docker.io/${pauseImage}`)}
# Lowering an OOM score requires CAP_SYS_RESOURCE; without it, runc fails to start.
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
# A profile would stay loaded in the machine's kernel.
disable_apparmor = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = ${JSON.stringify(cniConfigDir(layout))}

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
`;
}
