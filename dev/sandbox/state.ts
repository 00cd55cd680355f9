// What a running sandbox has on file: which boot it belongs to, its ports, and how far `up` came.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { Layout } from "./layout";

const port = z.number().int().min(1).max(65535);
const stateShape = z.object({
    id: z.string(),
    bootId: z.string(),
    /** Loopback ports of the machine: API server, Prometheus, ports 80 and 443 of the ingress gateway. */
    ports: z.object({ api: port, prometheus: port, http: port, https: port }),
    /** ISO time of the cluster's creation. */
    createdAt: z.string(),
    /** ISO time at which `up` first found everything ready. */
    readyAt: z.string().optional(),
});
export type SandboxState = z.infer<typeof stateShape>;

/** Undefined when there is none, or none that can be read: `down` does without it. */
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

/** Whole or not at all. */
export function writeState(layout: Layout, state: SandboxState): void {
    mkdirSync(path.dirname(layout.stateFile), { recursive: true });
    const partial = `${layout.stateFile}.partial`;
    writeFileSync(partial, `${JSON.stringify(state, null, 4)}\n`);
    renameSync(partial, layout.stateFile);
}

export function removeState(layout: Layout): void {
    rmSync(layout.stateFile, { force: true });
}
