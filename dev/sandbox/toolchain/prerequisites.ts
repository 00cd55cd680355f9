// What must be on the machine before anything is built or started; all that is missing is said at once.
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";

/** A thing that is missing, and the command that would bring it. */
export interface Missing {
    readonly what: string;
    readonly why: string;
    readonly fix: string;
}

/** Debian package → a file by which it is known to be installed. */
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

/** The machine as far as it matters here; a test brings its own. */
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

/** The first executable named `program` on `PATH`, or undefined. */
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
 * The first executable named `program` on `PATH` that is the user's own: neither below `cache`, nor in the folder that some
 * checkout's `istio-canary sandbox env` has put there.
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
 * What building `goParts` Go modules and (if `wheels`) fetching wheels needs, and what running a node needs. Debian packages
 * are installed for root, so they are only missing when apt is not there either.
 */
export function missingPrerequisites(
    machine: Machine,
    needs: { readonly go: boolean; readonly wheels: boolean; readonly node: boolean },
): Missing[] {
    const missing: Missing[] = [];
    if (needs.node && !machine.platform.startsWith("linux-")) {
        missing.push({
            what: "Linux",
            why: `the sandbox runs a real Kubernetes node, and this is ${machine.platform}`,
            fix: "use a cluster of yours: npm run demo -- --context NAME",
        });
    }
    if (needs.node && machine.uid !== 0) {
        missing.push({
            what: "root",
            why: `network namespaces, mounts and containers need it, and this is user ${machine.uid}`,
            fix: "run it again with sudo, or use a cluster of yours: npm run demo -- --context NAME",
        });
    }
    if (needs.go && machine.which("go") === undefined) {
        missing.push({
            what: "go (1.26 or later)",
            why: "Kubernetes, Istio and Pulumi are built from their Go modules",
            fix: "install Go and put it on PATH",
        });
    }
    if (needs.wheels && machine.which("python3") === undefined) {
        missing.push({
            what: "python3 with pip",
            why: "Envoy comes as a Python wheel",
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
