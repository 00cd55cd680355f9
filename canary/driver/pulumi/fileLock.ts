/** Locks a file between processes of one machine. A lock whose holder was killed becomes free after `STALE_MS`. */
import { check, lock } from "proper-lockfile";

const STALE_MS = 5_000;
const OPTIONS = {
    // The file need not exist.
    realpath: false,
    stale: STALE_MS,
    update: 1_000,
    // A lock that was lost because this process stood still: the engine's own lock still protects the state.
    onCompromised: () => undefined,
};

export type Release = () => Promise<void>;

/** @returns undefined if another process has the lock. */
export async function tryLock(file: string): Promise<Release | undefined> {
    try {
        return releaseOf(await lock(file, OPTIONS));
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ELOCKED") return undefined;
        throw error;
    }
}

/** Whether a process has the lock. */
export function isLocked(file: string): Promise<boolean> {
    return check(file, OPTIONS);
}

/** Runs `work` while it has the lock. Waits for another holder, at most 10 s. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
    const retries = { retries: 200, factor: 1, minTimeout: 25, maxTimeout: 50, randomize: true };
    const release = releaseOf(await lock(file, { ...OPTIONS, retries }));
    try {
        return await work();
    } finally {
        await release();
    }
}

/** A lost lock cannot be released, and need not be. */
function releaseOf(release: Release): Release {
    return () => release().catch(() => undefined);
}
