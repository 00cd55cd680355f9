// What is on file about a running daemon: enough to know it again, and no more.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { Layout } from "../layout";
import type { Daemon } from "./daemon";
import { bootId, processIdentity } from "./processes";

const record = z.object({
    process: processIdentity,
    /** ISO time. */
    since: z.string(),
    /** Hash of the command; a changed one needs a restart. */
    command: z.string(),
});
export type DaemonRecord = z.infer<typeof record>;

/** Undefined when there is none, it cannot be read, or the machine has been restarted since. */
export function readRecord(layout: Layout, name: string): DaemonRecord | undefined {
    try {
        const found = record.parse(JSON.parse(readFileSync(recordFile(layout, name), "utf8")));
        return found.process.bootId === bootId() ? found : undefined;
    } catch {
        return undefined;
    }
}

export function writeRecord(layout: Layout, name: string, written: DaemonRecord): void {
    mkdirSync(layout.partsDir, { recursive: true });
    writeFileSync(recordFile(layout, name), JSON.stringify(written));
}

export function removeRecord(layout: Layout, name: string): void {
    rmSync(recordFile(layout, name), { force: true });
}

export function commandHash(daemon: Daemon): string {
    const what = JSON.stringify([daemon.command, daemon.env ?? {}, daemon.on ?? "sandbox"]);
    return createHash("sha256").update(what).digest("hex").slice(0, 16);
}

function recordFile(layout: Layout, name: string): string {
    return path.join(layout.partsDir, `${name}.json`);
}
