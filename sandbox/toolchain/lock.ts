// A lock file that a dead holder does not keep: the holder's pid and start time are in it.
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

export interface Lock {
    release(): Promise<void>;
}

/**
 * Takes the lock at `file`, waiting as long as a living process holds it. `onWait` is called once, with the holder's pid.
 * The lock file appears with its content in one step (link), so that no one reads a half-written one.
 */
export async function lock(file: string, onWait: (holder: number) => void): Promise<Lock> {
    const mine = `${file}.${process.pid}`;
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
            const holder = await livingHolder(file);
            if (holder === undefined) {
                await rm(file, { force: true });
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

async function livingHolder(file: string): Promise<number | undefined> {
    const written = await readFile(file, "utf8").catch(() => "");
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
