// The state file of a sandbox: its boot ID, its ports, and when `up` completed.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { Layout } from "./layout";

const port = z.number().int().min(1).max(65535);
const stateShape = z.object({
    id: z.string(),
    bootId: z.string(),
    /** Loopback ports on the machine for the API server, Prometheus, and ports 80 and 443 of the ingress gateway. */
    ports: z.object({ api: port, prometheus: port, http: port, https: port }),
    /** ISO time. */
    createdAt: z.string(),
    /** ISO time when `up` first found every part ready. */
    readyAt: z.string().optional(),
});
export type SandboxState = z.infer<typeof stateShape>;

/** Undefined if the file is missing or invalid; `down` does not need it. */
export function readState(layout: Layout): SandboxState | undefined {
    let text: string;
    try {
        text = readFileSync(layout.stateFile, "utf8");
    } catch {
        return undefined;
    }
    return parseState(text);
}

export function parseState(text: string): SandboxState | undefined {
    try {
        return stateShape.parse(JSON.parse(text));
    } catch {
        return undefined;
    }
}

/** Atomic. */
export function writeState(layout: Layout, state: SandboxState): void {
    mkdirSync(path.dirname(layout.stateFile), { recursive: true });
    const partial = `${layout.stateFile}.partial`;
    writeFileSync(partial, `${JSON.stringify(state, null, 4)}\n`);
    renameSync(partial, layout.stateFile);
}

export function removeState(layout: Layout): void {
    rmSync(layout.stateFile, { force: true });
}
