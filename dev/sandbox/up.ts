// Starts a sandbox: creates what is missing, keeps what is healthy, and undoes its own work on failure.
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
import { freePorts } from "./node/nodePorts";
import type { PartContext } from "./parts";
import { type Daemon, startDaemon, stopDaemon } from "./processes/daemon";
import { bootId } from "./processes/processes";
import { linkPrograms, selectDevStack } from "./pulumi";
import { readState, type SandboxState, writeState } from "./state";
import { runSteps, type Step, type StepsProgress } from "./steps/steps";
import type { Toolchain } from "./toolchain";

export interface UpOptions {
    readonly toolchain: Toolchain;
    readonly progress: StepsProgress;
    readonly signal: AbortSignal;
}

/**
 * @returns the sandbox's state once every part is ready.
 * @throws the error of the part that failed, after removing everything that this call started.
 */
export async function bringUp(layout: Layout, options: UpOptions): Promise<SandboxState> {
    const existing = usableState(layout);
    if (existing === undefined) {
        // An earlier run or a reboot may have left files, mounts or processes.
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
        throw await undo(layout, existing, started, error);
    }
    const ready = { ...state, readyAt: state.readyAt ?? new Date().toISOString() };
    writeState(layout, ready);
    return ready;
}

/** The state of a cluster that can be repaired: it was ready in this boot and its namespaces exist. */
function usableState(layout: Layout): SandboxState | undefined {
    const state = readState(layout);
    return state?.bootId === bootId() && state.readyAt !== undefined && namespacesExist(layout)
        ? state
        : undefined;
}

/** Removes a new cluster entirely; in an existing one, stops only what this call started. @returns the error to throw. */
async function undo(
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
                return (await startDaemon(layout, daemon, options)) ? "healthy" : "already healthy";
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
            return imported.length === 0 ? "up to date" : `imported ${imported.length}`;
        },
    };
    return [
        nodeStep(layout),
        {
            name: "certificates",
            run: async ({ signal }) => {
                await makeCertificates(context, signal);
                return "ready";
            },
        },
        stackStep(layout, state, toolchain),
        images,
        ...daemonSteps,
        ...addonSteps(context, toolchain.gatewayApiCrds),
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
                return "network and mounts already exist";
            }
            await createNamespaces(layout);
            return "network and mounts created";
        },
    };
}

function stackStep(layout: Layout, state: SandboxState, toolchain: Toolchain): Step {
    return {
        name: "pulumi",
        async run({ signal }) {
            linkPrograms(layout, toolchain);
            if (state.readyAt !== undefined) {
                // The user may have selected another stack since; keep it.
                return "programs linked";
            }
            return (await selectDevStack(layout, toolchain, signal))
                ? "stack dev selected"
                : "no stack selected: Pulumi.dev.yaml not found";
        },
    };
}
