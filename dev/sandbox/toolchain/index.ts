// The programs of the sandbox and the demo: built from pinned sources on first use, then cached.
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import {
    type Missing,
    MissingPrerequisites,
    missingPackages,
    missingPrerequisites,
    thisMachine,
} from "./buildPrerequisites";
import { type BuildProgress, streamProgress } from "./buildProgress";
import { buildPart, downloadModules } from "./buildTool";
import { cacheKey, cacheRoot, filledOnce } from "./cache";
import { installDebianPackages } from "./debian";
import { extraParts, type Part, parts, peerParts, programParts, pulumiParts } from "./parts";
import { pulumiOnPath } from "./pulumiOnPath";

export { MissingPrerequisites } from "./buildPrerequisites";
export { type BuildProgress, elapsed, streamProgress } from "./buildProgress";
export { cacheRoot } from "./cache";

/** Where each program is. */
export interface Toolchain {
    /**
     * Absolute path of a program: `etcd`, `kubelet`, `istioctl`, `pulumi`, …
     * @throws Error if none of the requested parts has it.
     */
    bin(program: string): string;
    /** Whether it has that program. */
    has(program: string): boolean;
    /** Folder with Istio's `manifests/` and `tools/packaging/common/envoy_bootstrap.json`. */
    readonly istioSource: string;
    /** Folder with the CustomResourceDefinitions of the Gateway API's standard channel. */
    readonly gatewayApiCrds: string;
    /** Flagger's CustomResourceDefinitions, if `for` is `peers`. */
    readonly flaggerCrds: string;
    /** The user's own pulumi, if it is new enough. */
    readonly ownPulumi: { readonly file: string; readonly version: string } | undefined;
}

export interface ToolchainOptions {
    /**
     * `sandbox`: all parts and the node's Debian packages. `demo`: the same, without the parts that a rollout does not need unless
     * they are built. `pulumi`: only the engine, for the user's own cluster. `peers`: only the tools that the driver is compared
     * with. Default: `sandbox`.
     */
    readonly for?: "sandbox" | "demo" | "pulumi" | "peers";
    readonly progress?: BuildProgress;
    /** Interrupts a running build, which leaves nothing partial. */
    readonly signal?: AbortSignal;
    /** Missing prerequisites that the caller found, to report with the others. */
    readonly alsoMissing?: readonly Missing[];
}

/**
 * Builds the programs that are not in the cache. @returns where each program is.
 * @throws MissingPrerequisites with everything that is missing, before anything is built or installed.
 */
export async function ensureToolchain(options: ToolchainOptions = {}): Promise<Toolchain> {
    const progress = options.progress ?? streamProgress();
    const purpose = options.for ?? "sandbox";
    const needsNode = purpose === "sandbox" || purpose === "demo";
    const root = path.join(cacheRoot(), "toolchain");
    const own = await pulumiOnPath(root);
    const wanted = (purpose === "peers" ? peerParts : parts)
        .filter(({ name }) => purpose !== "pulumi" || programParts.includes(name))
        .filter(({ name }) => own === undefined || !pulumiParts.includes(name));
    const located = await Promise.all(
        wanted.map(async (part) => {
            const moduleDir = path.join(__dirname, part.name);
            return { part, moduleDir, dir: path.join(root, await cacheKey(part, moduleDir)) };
        }),
    );
    const folders = located.filter(
        ({ part, dir }) => purpose !== "demo" || !extraParts.includes(part.name) || existsSync(dir),
    );
    const absent = folders.filter(({ dir }) => !existsSync(dir));
    const machine = thisMachine();
    const needs = {
        go: absent.some(({ part }) => part.kind === "go"),
        wheels: absent.some(({ part }) => part.kind === "wheel"),
        node: needsNode,
    };
    const missing = [...missingPrerequisites(machine, needs), ...(options.alsoMissing ?? [])];
    if (missing.length > 0) {
        throw new MissingPrerequisites(missing);
    }
    await mkdir(root, { recursive: true });
    const packages = needsNode ? missingPackages(machine) : [];
    if (packages.length > 0) {
        await installDebianPackages(packages, path.join(root, "debian.log"), progress);
    }
    if (absent.length > 0) {
        progress.say(
            `Building ${absent.length} of ${folders.length} parts into ${root} (later runs reuse them).`,
        );
    }
    const end = new AbortController();
    const untilEnd = AbortSignal.any([end.signal, ...(options.signal ? [options.signal] : [])]);
    let download = Promise.resolve();
    try {
        for (const [i, { part, moduleDir, dir }] of absent.entries()) {
            await download;
            const next = absent[i + 1];
            if (next) download = downloadModules(next.part, next.moduleDir, untilEnd);
            await build(part, moduleDir, dir, i + 1, absent.length, progress, options.signal);
        }
    } finally {
        end.abort();
        await download;
    }
    return toToolchain(folders, own);
}

async function build(
    part: Part,
    moduleDir: string,
    dir: string,
    n: number,
    of: number,
    progress: BuildProgress,
    signal: AbortSignal | undefined,
): Promise<void> {
    const log = `${dir}.log`;
    const step = progress.step(`${part.name} ${part.version}`, n, of, log);
    try {
        await filledOnce(
            dir,
            async (empty) => {
                await rm(log, { force: true });
                await buildPart(part, empty, { moduleDir, log, signal });
            },
            (holder) => progress.say(`Process ${holder} is building ${part.name}; waiting for it.`),
        );
        step.done("ready in");
    } catch (error) {
        step.done("failed after");
        throw error;
    }
}

function toToolchain(
    folders: readonly { readonly part: Part; readonly dir: string }[],
    own: Toolchain["ownPulumi"],
): Toolchain {
    const programs = new Map<string, string>();
    for (const { part, dir } of folders) {
        const scripts = part.kind === "go" ? (part.scripts ?? {}) : {};
        for (const name of [...Object.keys(part.programs), ...Object.keys(scripts)]) {
            programs.set(name, path.join(dir, "bin", name));
        }
    }
    if (own !== undefined) {
        programs.set("pulumi", own.file);
    }
    const filesOf = (name: string) =>
        path.join(folders.find(({ part }) => part.name === name)?.dir ?? "", "files");
    return {
        ownPulumi: own,
        istioSource: filesOf("istio"),
        gatewayApiCrds: path.join(filesOf("gateway-api"), "config", "crd", "standard"),
        flaggerCrds: path.join(filesOf("flagger"), "artifacts", "flagger", "crd.yaml"),
        has: (program) => programs.has(program),
        bin(program) {
            const file = programs.get(program);
            if (file === undefined) {
                const known = [...programs.keys()].sort().join(", ");
                throw new Error(
                    `Unknown program "${program}". Programs of this toolchain: ${known}.`,
                );
            }
            return file;
        },
    };
}
