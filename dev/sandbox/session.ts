// `up` and `down`: one at a time per checkout, after a check of the prerequisites, with progress output.
import { mkdirSync } from "node:fs";
import { tearDown } from "./down";
import type { Layout } from "./layout";
import { missingForNode } from "./node/prerequisites";
import { linkPrograms } from "./pulumi";
import type { Remains } from "./remains";
import { readState, type SandboxState } from "./state";
import { sandboxStatus } from "./status";
import { stepsProgress } from "./steps/stepProgress";
import { ensureToolchain, type Toolchain } from "./toolchain";
import { lock } from "./toolchain/fileLock";
import { bringUp } from "./up";

export interface SessionOptions {
    /** Interrupts the command, which then removes what it started. */
    readonly signal: AbortSignal;
    /** Whether to build only what a rollout needs. Default: false. */
    readonly isForDemo?: boolean;
    /** Progress output. Default: stderr. */
    readonly out?: NodeJS.WriteStream;
}

export interface UpResult {
    readonly state: SandboxState;
    readonly toolchain: Toolchain;
    /** The sandbox was already healthy. */
    readonly wasUp: boolean;
}

/**
 * Starts the checkout's sandbox, or repairs its unhealthy parts.
 * @throws MissingPrerequisites before anything is built or started; DaemonFailed, CommandFailed or Error with the last lines
 * that the failing part printed.
 */
export async function upSandbox(layout: Layout, options: SessionOptions): Promise<UpResult> {
    return withLock(layout, options, async (out) => {
        const { signal } = options;
        const purpose = options.isForDemo ? "demo" : "sandbox";
        const state = readState(layout);
        if (state !== undefined && (await sandboxStatus(layout)).state === "healthy") {
            const toolchain = await ensureToolchain({ for: purpose, signal });
            linkPrograms(layout, toolchain);
            return { state, toolchain, wasUp: true };
        }
        const alsoMissing = await missingForNode(layout);
        const toolchain = await ensureToolchain({ for: purpose, signal, alsoMissing });
        const progress = stepsProgress(out);
        try {
            const ready = await bringUp(layout, { toolchain, progress, signal });
            return { state: ready, toolchain, wasUp: false };
        } finally {
            progress.end();
        }
    });
}

/** @returns what it removed; undefined if there was nothing. @throws StillThere */
export function downSandbox(layout: Layout, options: SessionOptions): Promise<Remains | undefined> {
    return withLock(layout, options, () => tearDown(layout));
}

/** Allows one `up` or `down` per checkout at a time; ignores the lock of a dead process. */
async function withLock<T>(
    layout: Layout,
    options: SessionOptions,
    work: (out: NodeJS.WriteStream) => Promise<T>,
): Promise<T> {
    const out = options.out ?? process.stderr;
    mkdirSync(layout.root, { recursive: true });
    const held = await lock(layout.lockFile, (holder) => {
        out.write(`Process ${holder} is changing this sandbox; waiting for it to finish.\n`);
    });
    try {
        options.signal.throwIfAborted();
        return await work(out);
    } finally {
        await held.release();
    }
}
