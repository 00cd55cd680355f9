// Brings a sandbox up: makes what is missing, leaves alone what is healthy, and undoes its own work when it fails.
import { mkdirSync, rmSync } from "node:fs";
import { addonSteps } from "./addons";
import { tearDown } from "./down";
import { importImages } from "./images/importImages";
import { imageRecipes } from "./images/recipes";
import { removeContainers } from "./images/removeContainers";
import type { Layout } from "./layout";
import { makeCertificates } from "./node/certificates";
import { handDownControllers, partCgroup } from "./node/cgroups";
import { createNamespaces, namespacesExist } from "./node/namespaces";
import { nodeDaemons, writeNodeFiles } from "./node/node";
import { freePorts } from "./node/ports";
import type { PartContext } from "./parts";
import { type Daemon, startDaemon, stopDaemon } from "./processes/daemon";
import { bootId } from "./processes/processes";
import { linkPrograms, selectDevStack } from "./pulumi";
import { readState, type SandboxState, writeState } from "./state";
import { runSteps, type Step, type StepsProgress } from "./steps";
import type { Toolchain } from "./toolchain";

export interface UpOptions {
    readonly toolchain: Toolchain;
    readonly progress: StepsProgress;
    readonly signal: AbortSignal;
}

/**
 * @returns the sandbox's state once all of it is ready.
 * @throws the failure of the part that failed, after what this call has started is gone again.
 */
export async function bringUp(layout: Layout, options: UpOptions): Promise<SandboxState> {
    const existing = usableState(layout);
    if (existing === undefined) {
        // What an earlier life left, or a machine that was restarted.
        await tearDown(layout);
        rmSync(layout.logsDir, { recursive: true, force: true });
    }
    const state = existing ?? {
        id: layout.id,
        bootId: bootId(),
        ports: await freePorts(layout.id),
        createdAt: new Date().toISOString(),
    };
    writeState(layout, state);
    const started: Daemon[] = [];
    try {
        const steps = upSteps(layout, state, options.toolchain, started);
        await runSteps(steps, options.progress, options.signal);
    } catch (error) {
        throw await undone(layout, existing, started, error);
    }
    const ready = { ...state, readyAt: state.readyAt ?? new Date().toISOString() };
    writeState(layout, ready);
    return ready;
}

/** The state of a cluster that can be repaired: of this boot, with its namespaces. */
function usableState(layout: Layout): SandboxState | undefined {
    const state = readState(layout);
    return state?.bootId === bootId() && state.readyAt !== undefined && namespacesExist(layout)
        ? state
        : undefined;
}

/** A new cluster goes as a whole; of one that was there before, only what this call started. */
async function undone(
    layout: Layout,
    existing: SandboxState | undefined,
    started: readonly Daemon[],
    failure: unknown,
): Promise<unknown> {
    try {
        if (existing === undefined) {
            await tearDown(layout);
        } else {
            await Promise.all(started.map((daemon) => stopDaemon(layout, daemon)));
        }
        return failure;
    } catch (error) {
        const messages = [failure, error].map((e) => (e instanceof Error ? e.message : String(e)));
        return new AggregateError([failure, error], messages.join("\n"));
    }
}

function upSteps(
    layout: Layout,
    state: SandboxState,
    toolchain: Toolchain,
    started: Daemon[],
): Step[] {
    const context: PartContext = { layout, ports: state.ports, bin: toolchain.bin };
    const daemonSteps = nodeDaemons(context).map(
        (daemon): Step => ({
            name: daemon.name,
            after: daemon.after,
            async run(options) {
                started.push(daemon);
                return (await startDaemon(layout, daemon, options)) ? "healthy" : "was healthy";
            },
        }),
    );
    const images: Step = {
        name: "images",
        after: ["containerd"],
        async run(options) {
            if (state.readyAt === undefined) {
                await removeContainers(layout);
            }
            const recipes = imageRecipes(toolchain);
            const imported = await importImages(layout, recipes, options);
            return imported.length === 0 ? "all there" : `imported ${imported.length}`;
        },
    };
    return [
        nodeStep(layout),
        {
            name: "certificates",
            run: async ({ signal }) => {
                await makeCertificates(context, signal);
                return "there";
            },
        },
        stackStep(layout, state, toolchain),
        images,
        ...daemonSteps,
        ...addonSteps(context),
    ];
}

function nodeStep(layout: Layout): Step {
    return {
        name: "node",
        async run() {
            mkdirSync(layout.logsDir, { recursive: true });
            writeNodeFiles(layout);
            partCgroup(layout.id, "exec");
            handDownControllers(layout.id);
            if (namespacesExist(layout)) {
                return "network and mounts are there";
            }
            await createNamespaces(layout);
            return "network and mounts made";
        },
    };
}

function stackStep(layout: Layout, state: SandboxState, toolchain: Toolchain): Step {
    return {
        name: "pulumi",
        async run({ signal }) {
            linkPrograms(layout, toolchain);
            if (state.readyAt !== undefined) {
                // Which stack is selected is the user's choice by now.
                return "programs are there";
            }
            return (await selectDevStack(layout, toolchain, signal))
                ? "stack dev selected"
                : "no Pulumi.dev.yaml, so no stack";
        },
    };
}
