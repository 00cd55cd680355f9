// Pulumi for the sandbox: programs for PATH, the provider as an installed plugin, stacks in a folder.
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { run } from "./command";
import { clusterFiles, type Layout } from "./layout";
import { cacheRoot, type Toolchain } from "./toolchain";
import { ownProgramOnPath } from "./toolchain/prerequisites";

/** What a person's shell may want; those that the person has already are left out. */
const userPrograms = ["kubectl", "istioctl", "fortio", "k6"];
const pulumiPrograms = [
    "pulumi",
    "pulumi-language-nodejs",
    "pulumi-analyzer-policy",
    "pulumi-resource-kubernetes",
];
const providerVersion = "4.25.0";

/** It protects nothing: the stack is of a throw-away cluster. */
const passphrase = "";

/** Fills the folder for PATH, and Pulumi's home unless the user's own Pulumi is used. */
export function linkPrograms(layout: Layout, toolchain: Toolchain): void {
    rmSync(layout.binDir, { recursive: true, force: true });
    mkdirSync(layout.binDir, { recursive: true });
    const own = toolchain.ownPulumi !== undefined;
    const wanted = userPrograms.filter((name) => !ownProgramOnPath(name, cacheRoot()));
    for (const name of own ? wanted : [...wanted, ...pulumiPrograms]) {
        symlinkSync(toolchain.bin(name), path.join(layout.binDir, name));
    }
    rmSync(layout.pulumiHome, { recursive: true, force: true });
    if (!own) {
        const plugin = path.join(
            layout.pulumiHome,
            "plugins",
            `resource-kubernetes-v${providerVersion}`,
        );
        mkdirSync(plugin, { recursive: true });
        const program = "pulumi-resource-kubernetes";
        symlinkSync(toolchain.bin(program), path.join(plugin, program));
    }
    mkdirSync(clusterFiles(layout).stacks, { recursive: true });
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

/** Makes and selects the stack `dev` if the checkout has a configuration for it. @returns whether it has. */
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
