// Kernel features that a node requires, each probed in a temporary network namespace.
import { existsSync, mkdirSync, readFileSync, rmdirSync, statfsSync } from "node:fs";
import path from "node:path";
import type { Layout } from "../layout";
import { run } from "../processes/runCommand";
import { findOnPath, type Missing } from "../toolchain/buildPrerequisites";
import { cgroupHierarchies } from "./cgroups";

const programs: Readonly<Record<string, string>> = {
    nsenter: "util-linux",
    unshare: "util-linux",
    mount: "util-linux",
    tar: "tar",
    ldd: "libc-bin",
};

/** Magic number of overlayfs, from statfs(2). */
const overlayMagic = 0x794c7630;

/** All missing prerequisites; empty if the node can run. Skips the kernel probes without root, because they would fail. */
export async function missingForNode(layout: Layout): Promise<Missing[]> {
    const packages = new Set(
        Object.entries(programs).flatMap(([name, from]) => (findOnPath(name) ? [] : [from])),
    );
    const missing: Missing[] = [...packages].map((name) => ({
        what: name,
        why: "creates namespaces and packs images",
        fix: `apt-get install ${name}`,
    }));
    if (process.getuid?.() !== 0 || missing.length > 0) {
        return missing;
    }
    const found = await Promise.all([
        bridges(),
        bridgeNetfilter(),
        overlay(layout),
        packetFilter(),
        cgroups(layout),
    ]);
    return [...missing, ...found.flatMap((each) => each ?? [])];
}

async function bridges(): Promise<Missing | undefined> {
    if (findOnPath("ip") === undefined) {
        return undefined; // The toolchain's Debian packages bring it.
    }
    const script =
        "ip link add probe0 type bridge && ip link add probe1 type veth peer name probe2";
    return attempt(["unshare", "--net", "sh", "-c", script], {
        what: "bridge and veth interfaces",
        why: "connect the pods",
        fix: "modprobe -a bridge veth",
    });
}

async function bridgeNetfilter(): Promise<Missing | undefined> {
    const setting = "/proc/sys/net/bridge/bridge-nf-call-iptables";
    if (!existsSync(setting)) {
        await run(["modprobe", "br_netfilter"]).catch(() => undefined);
    }
    return existsSync(setting)
        ? undefined
        : {
              what: "br_netfilter",
              why: "the packet filter must see responses between pods on the same bridge",
              fix: "modprobe br_netfilter",
          };
}

async function overlay(layout: Layout): Promise<Missing | undefined> {
    const known = () => /\toverlay$/m.test(readFileSync("/proc/filesystems", "utf8"));
    if (!known()) {
        await run(["modprobe", "overlay"]).catch(() => undefined);
    }
    if (!known()) {
        return {
            what: "overlayfs",
            why: "holds the containers' file systems",
            fix: "modprobe overlay",
        };
    }
    return statfsSync(layout.checkout).type === overlayMagic
        ? {
              what: "a checkout outside an overlay file system",
              why: `${layout.checkout} is on overlayfs, which cannot hold the containers' overlays`,
              fix: "clone the repository to a volume or another disk",
          }
        : undefined;
}

async function packetFilter(): Promise<Missing | undefined> {
    return findOnPath("nft") === undefined
        ? undefined // The toolchain's Debian packages bring it.
        : attempt(["unshare", "--net", "nft", "add table ip probe"], {
              what: "nf_tables",
              why: "kube-proxy implements Services as nftables rules",
              fix: "modprobe nf_tables",
          });
}

async function cgroups(layout: Layout): Promise<Missing | undefined> {
    try {
        for (const hierarchy of cgroupHierarchies().all) {
            const probe = path.join(hierarchy, `${layout.id}-probe`);
            mkdirSync(probe, { recursive: true });
            const real = existsSync(path.join(probe, "cgroup.procs"));
            rmdirSync(probe);
            if (!real) {
                throw new Error(`${hierarchy} is hidden by another mount`);
            }
        }
        return undefined;
    } catch (error) {
        return {
            what: "writable cgroups",
            why: (error as Error).message,
            fix: "mount them read-write at /sys/fs/cgroup",
        };
    }
}

async function attempt(command: string[], missing: Missing): Promise<Missing | undefined> {
    try {
        await run(command);
        return undefined;
    } catch {
        return missing;
    }
}
