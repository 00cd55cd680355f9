// The programs that the sandbox and the demo run: built on first need from pinned sources, kept, never built twice.
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { buildPart } from "./build";
import { cacheKey, cacheRoot, filledOnce } from "./cache";
import { installDebianPackages } from "./debian";
import { type Part, parts, peerParts, programParts, pulumiParts } from "./parts";
import {
    type Missing,
    MissingPrerequisites,
    missingPackages,
    missingPrerequisites,
    thisMachine,
} from "./prerequisites";
import { type BuildProgress, streamProgress } from "./progress";
import { pulumiOnPath } from "./pulumiOnPath";

export { cacheRoot } from "./cache";
export { MissingPrerequisites } from "./prerequisites";
export { type BuildProgress, elapsed, streamProgress } from "./progress";

/** Where each program is. */
export interface Toolchain {
    /**
     * Absolute path of a program: `etcd`, `kubelet`, `istioctl`, `pulumi`, …
     * @throws Error when it is in none of the parts that were asked for.
     */
    bin(program: string): string;
    /** Folder with Istio's `manifests/` and `tools/packaging/common/envoy_bootstrap.json`. */
    readonly istioSource: string;
    /** Flagger's own resource definitions, where `peers` were asked for. */
    readonly flaggerCrds: string;
    /** The user's own pulumi, used as it is, when there is one that is new enough. */
    readonly ownPulumi: { readonly file: string; readonly version: string } | undefined;
}

export interface ToolchainOptions {
    /**
     * `sandbox`: all of it, and the node's Debian packages. `pulumi`: just the engine, for a cluster of the user's.
     * `peers`: just what the driver is measured against.
     */
    readonly for?: "sandbox" | "pulumi" | "peers";
    readonly progress?: BuildProgress;
    /** Ends a running build; nothing half-made stays. */
    readonly signal?: AbortSignal;
    /** What the caller has found missing itself: said together with the rest. */
    readonly alsoMissing?: readonly Missing[];
}

/**
 * Makes sure that every program is there and says where.
 * @throws MissingPrerequisites before anything is built or installed, naming all that is missing.
 */
export async function ensureToolchain(options: ToolchainOptions = {}): Promise<Toolchain> {
    const progress = options.progress ?? streamProgress();
    const purpose = options.for ?? "sandbox";
    const sandbox = purpose === "sandbox";
    const root = path.join(cacheRoot(), "toolchain");
    const own = await pulumiOnPath(root);
    const wanted = (purpose === "peers" ? peerParts : parts)
        .filter(({ name }) => purpose !== "pulumi" || programParts.includes(name))
        .filter(({ name }) => own === undefined || !pulumiParts.includes(name));
    const folders = await Promise.all(
        wanted.map(async (part) => {
            const moduleDir = path.join(__dirname, part.name);
            return { part, moduleDir, dir: path.join(root, await cacheKey(part, moduleDir)) };
        }),
    );
    const absent = folders.filter(({ dir }) => !existsSync(dir));
    const machine = thisMachine();
    const needs = {
        go: absent.some(({ part }) => part.kind === "go"),
        wheels: absent.some(({ part }) => part.kind === "wheel"),
        node: sandbox,
    };
    const missing = [...missingPrerequisites(machine, needs), ...(options.alsoMissing ?? [])];
    if (missing.length > 0) {
        throw new MissingPrerequisites(missing);
    }
    await mkdir(root, { recursive: true });
    const packages = sandbox ? missingPackages(machine) : [];
    if (packages.length > 0) {
        await installDebianPackages(packages, path.join(root, "debian.log"), progress);
    }
    if (absent.length > 0) {
        progress.say(`Building ${absent.length} of ${wanted.length} parts into ${root}, once.`);
    }
    for (const [i, { part, moduleDir, dir }] of absent.entries()) {
        await build(part, moduleDir, dir, i + 1, absent.length, progress, options.signal);
    }
    return located(folders, own);
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

function located(
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
        flaggerCrds: path.join(filesOf("flagger"), "artifacts", "flagger", "crd.yaml"),
        bin(program) {
            const file = programs.get(program);
            if (file === undefined) {
                const known = [...programs.keys()].sort().join(", ");
                throw new Error(`No program "${program}" in this toolchain; it has ${known}.`);
            }
            return file;
        },
    };
}
