// Pulumi for the sandbox: programs on PATH, the provider as an installed plugin, stacks in a local backend.
import {
    copyFileSync,
    existsSync,
    linkSync,
    mkdirSync,
    readdirSync,
    renameSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import path from "node:path";
import { clusterFiles, type Layout } from "./layout";
import { run } from "./processes/runCommand";
import { cacheRoot, type Toolchain } from "./toolchain";
import { ownProgramOnPath } from "./toolchain/buildPrerequisites";

/** Programs for the user's shell. `linkPrograms` skips those that the user already has. */
const userPrograms = ["kubectl", "istioctl", "fortio", "k6", "promtool"];
const pulumiPrograms = [
    "pulumi",
    "pulumi-language-nodejs",
    "pulumi-language-yaml",
    "pulumi-analyzer-policy",
];
const providerVersion = "4.25.0";

/** Empty: the stack of a disposable cluster holds no real secrets. */
const passphrase = "";

/** Fills the PATH folder, and Pulumi's home unless the user's own Pulumi is used. */
export function linkPrograms(layout: Layout, toolchain: Toolchain): void {
    const own = toolchain.ownPulumi !== undefined;
    const wanted = userPrograms.filter((name) => !ownProgramOnPath(name, cacheRoot()));
    const all = own ? wanted : [...wanted, ...pulumiPrograms];
    const programs = new Set(all.filter((name) => toolchain.has(name)));
    mkdirSync(layout.binDir, { recursive: true });
    for (const name of readdirSync(layout.binDir).filter((name) => !programs.has(name))) {
        rmSync(path.join(layout.binDir, name));
    }
    for (const name of programs) {
        const at = path.join(layout.binDir, name);
        if (name === "pulumi-language-nodejs") script(languageHost(toolchain.bin(name)), at);
        else link(toolchain.bin(name), at);
    }
    if (own) {
        rmSync(layout.pulumiHome, { recursive: true, force: true });
    } else {
        const provider = "pulumi-resource-kubernetes";
        const plugin = `plugins/resource-kubernetes-v${providerVersion}/${provider}`;
        link(toolchain.bin(provider), path.join(layout.pulumiHome, plugin));
    }
    mkdirSync(clusterFiles(layout).stacks, { recursive: true });
}

/**
 * Atomic, so that a program about to run is never missing. A hard link or a copy rather than a symbolic link, because the engine
 * warns about a language host outside its own real folder.
 */
function link(target: string, at: string): void {
    mkdirSync(path.dirname(at), { recursive: true });
    const partial = `${at}.partial`;
    rmSync(partial, { force: true });
    try {
        linkSync(target, partial);
    } catch {
        copyFileSync(target, partial);
    }
    renameSync(partial, at);
    // Renaming one hard link of a file to another of them does nothing.
    rmSync(partial, { force: true });
}

/**
 * Wraps the language host in a script that passes Pulumi.yaml's runtime options as flags. The engine sends them with each request,
 * but the host built here is older than the engine and only reads flags. The engine starts it in the program's folder.
 */
export function languageHost(program: string): string {
    return `#!/bin/sh
option() { sed -n "s/^ *$1: *\\([^#]*[^# ]\\) *\\(#.*\\)\\{0,1\\}$/\\1/p" Pulumi.yaml 2>/dev/null | head -n 1; }
[ "$(option typescript)" = false ] && set -- -typescript=false "$@"
arguments=$(option nodeargs)
[ -n "$arguments" ] && set -- "-nodeargs=$arguments" "$@"
exec '${program}' "$@"
`;
}

/** Atomic, like `link`. */
function script(text: string, at: string): void {
    mkdirSync(path.dirname(at), { recursive: true });
    const partial = `${at}.partial`;
    rmSync(partial, { force: true });
    writeFileSync(partial, text, { mode: 0o755 });
    renameSync(partial, at);
}

/** Variables that point Pulumi at the sandbox. */
export function pulumiEnvironment(layout: Layout): Record<string, string> {
    return {
        PULUMI_BACKEND_URL: `file://${clusterFiles(layout).stacks}`,
        PULUMI_CONFIG_PASSPHRASE: passphrase,
        PULUMI_SKIP_UPDATE_CHECK: "true",
        ...(existsSync(layout.pulumiHome) ? { PULUMI_HOME: layout.pulumiHome } : {}),
    };
}

/** Creates and selects the stack `dev` if the checkout has its config. @returns whether it has. */
export async function selectDevStack(
    layout: Layout,
    toolchain: Toolchain,
    signal: AbortSignal,
): Promise<boolean> {
    const has = (name: string) => existsSync(path.join(layout.checkout, name));
    if (!has("Pulumi.yaml") || !has("Pulumi.dev.yaml")) {
        return false;
    }
    await run(
        [toolchain.bin("pulumi"), "--non-interactive", "stack", "select", "--create", "dev"],
        {
            cwd: layout.checkout,
            env: {
                ...pulumiEnvironment(layout),
                PATH: `${layout.binDir}:${process.env.PATH ?? ""}`,
            },
            signal,
        },
    );
    return true;
}
