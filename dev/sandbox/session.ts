// `up` and `down` as a caller wants them: one at a time per checkout, prerequisites first, progress shown.
import { mkdirSync } from "node:fs";
import { tearDown } from "./down";
import type { Layout } from "./layout";
import { missingForNode } from "./node/prerequisites";
import { stepsProgress } from "./progress";
import { linkPrograms } from "./pulumi";
import type { Remains } from "./remains";
import { readState, type SandboxState } from "./state";
import { sandboxStatus } from "./status";
import { ensureToolchain, type Toolchain } from "./toolchain";
import { lock } from "./toolchain/lock";
import { bringUp } from "./up";

export interface SessionOptions {
    /** Interrupts; what was started for it is then gone again. */
    readonly signal: AbortSignal;
    /** Where progress is shown; by default stderr. */
    readonly out?: NodeJS.WriteStream;
}

export interface UpResult {
    readonly state: SandboxState;
    readonly toolchain: Toolchain;
    /** All of it was healthy before. */
    readonly wasUp: boolean;
}

/**
 * Brings the checkout's sandbox up, or what of it is not healthy.
 * @throws MissingPrerequisites before anything is built or started; DaemonFailed, CommandFailed or Error with the failing
 * part's last words.
 */
export async function upSandbox(layout: Layout, options: SessionOptions): Promise<UpResult> {
    return alone(layout, options, async (out) => {
        const { signal } = options;
        const state = readState(layout);
        if (state !== undefined && (await sandboxStatus(layout)).state === "healthy") {
            const toolchain = await ensureToolchain({ signal });
            linkPrograms(layout, toolchain);
            return { state, toolchain, wasUp: true };
        }
        const alsoMissing = await missingForNode(layout);
        const toolchain = await ensureToolchain({ signal, alsoMissing });
        const progress = stepsProgress(out);
        try {
            const ready = await bringUp(layout, { toolchain, progress, signal });
            return { state: ready, toolchain, wasUp: false };
        } finally {
            progress.end();
        }
    });
}

/** @returns what was there and is gone now; undefined when there was nothing. @throws StillThere */
export function downSandbox(layout: Layout, options: SessionOptions): Promise<Remains | undefined> {
    return alone(layout, options, () => tearDown(layout));
}

/** One `up` or `down` of a checkout at a time; a killed one's lock does not count. */
async function alone<T>(
    layout: Layout,
    options: SessionOptions,
    work: (out: NodeJS.WriteStream) => Promise<T>,
): Promise<T> {
    const out = options.out ?? process.stderr;
    mkdirSync(layout.root, { recursive: true });
    const held = await lock(layout.lockFile, (holder) => {
        out.write(`Process ${holder} is at work on this sandbox; waiting for it to end.\n`);
    });
    try {
        options.signal.throwIfAborted();
        return await work(out);
    } finally {
        await held.release();
    }
}
