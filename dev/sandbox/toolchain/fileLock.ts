// A lock file with the holder's PID and start time, so that a dead process does not keep the lock.
import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

export interface Lock {
    release(): Promise<void>;
}

/**
 * Acquires the lock at `file`, waiting while a living process holds it. Calls `onWait` once, with the holder's PID.
 * Creates the file with its content atomically (link), so that no process reads a partial one.
 */
export async function lock(file: string, onWait: (holder: number) => void): Promise<Lock> {
    const mine = `${file}.${randomUUID()}`;
    await writeFile(mine, await identity(process.pid));
    try {
        for (let notified = false; ; ) {
            try {
                await link(mine, file);
                return { release: () => rm(file, { force: true }) };
            } catch (error) {
                if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
                    throw error;
                }
            }
            const written = await readFile(file, "utf8").catch(() => "");
            const holder = await livingProcess(written);
            if (holder === undefined) {
                await removeStale(file, written, `${mine}.stale`);
                continue;
            }
            if (!notified) {
                onWait(holder);
                notified = true;
            }
            await sleep(200);
        }
    } finally {
        await rm(mine, { force: true });
    }
}

/** Removes only the dead holder's file: another process may have acquired the lock since it was read. */
async function removeStale(file: string, written: string, aside: string): Promise<void> {
    await rename(file, aside).catch(() => undefined);
    const moved = await readFile(aside, "utf8").catch(() => written);
    if (moved !== written) {
        await link(aside, file).catch(() => undefined);
    }
    await rm(aside, { force: true });
}

/** The PID, if `written` identifies a running process. */
async function livingProcess(written: string): Promise<number | undefined> {
    const pid = Number(written.split(" ")[0]);
    const alive = pid > 0 && (await identity(pid).catch(() => "")) === written;
    return alive ? pid : undefined;
}

/** PID and start time, because the kernel reuses PIDs. */
async function identity(pid: number): Promise<string> {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The command name is in parentheses and may contain spaces; the start time is the 20th field after it.
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${pid} ${started}`;
}
