// A lock file that a dead holder does not keep: the holder's pid and start time are in it.
import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

export interface Lock {
    release(): Promise<void>;
}

/**
 * Takes the lock at `file`, waiting as long as a living process holds it. `onWait` is called once, with the holder's pid.
 * The lock file appears with its content in one step (link), so that no one reads a half-written one.
 */
export async function lock(file: string, onWait: (holder: number) => void): Promise<Lock> {
    const mine = `${file}.${randomUUID()}`;
    await writeFile(mine, await identity(process.pid));
    try {
        for (let told = false; ; ) {
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
            if (!told) {
                onWait(holder);
                told = true;
            }
            await sleep(200);
        }
    } finally {
        await rm(mine, { force: true });
    }
}

/** Removes the dead holder's file, and only that: someone else may have taken the lock since it was read. */
async function removeStale(file: string, written: string, aside: string): Promise<void> {
    await rename(file, aside).catch(() => undefined);
    const moved = await readFile(aside, "utf8").catch(() => written);
    if (moved !== written) {
        await link(aside, file).catch(() => undefined);
    }
    await rm(aside, { force: true });
}

/** The pid, if `written` is the identity of a process that runs. */
async function livingProcess(written: string): Promise<number | undefined> {
    const pid = Number(written.split(" ")[0]);
    const alive = pid > 0 && (await identity(pid).catch(() => "")) === written;
    return alive ? pid : undefined;
}

/** Pid and start time: a reused pid is another process. */
async function identity(pid: number): Promise<string> {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The command's name is in parentheses and may hold spaces; the start time is the 20th field after it.
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${pid} ${started}`;
}
