// The record of a running daemon on disk, which identifies its process.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { Layout } from "../layout";
import { bootId, processIdentity } from "./processes";

const record = z.object({
    process: processIdentity,
    /** ISO time. */
    since: z.string(),
    /** Hash of the command; a changed command requires a restart. */
    command: z.string(),
});
export type DaemonRecord = z.infer<typeof record>;

/** Undefined if the record is missing, invalid, or from an earlier boot. */
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

function recordFile(layout: Layout, name: string): string {
    return path.join(layout.partsDir, `${name}.json`);
}
