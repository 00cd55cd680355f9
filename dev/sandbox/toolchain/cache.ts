// The cache of built parts: one folder per part and build input, written atomically.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { type Lock, lock } from "./fileLock";
import type { Part } from "./parts";

/** `$XDG_CACHE_HOME/istio-canary`. Default: `~/.cache/istio-canary`. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
    return path.join(env.XDG_CACHE_HOME || path.join(homedir(), ".cache"), "istio-canary");
}

/**
 * The cache folder's name of a part: its name, its version, and a hash of all build inputs (pinned module, flags, platform).
 * A changed pin gets a new folder, and other checkouts can keep using the old one.
 */
export async function cacheKey(part: Part, moduleDir: string): Promise<string> {
    const hash = createHash("sha256").update(JSON.stringify(part));
    hash.update(`${process.platform}-${process.arch}`);
    const files = await readdir(moduleDir, { recursive: true, withFileTypes: true });
    const paths = files.filter((f) => f.isFile()).map((f) => path.join(f.parentPath, f.name));
    for (const file of paths.sort()) {
        hash.update(path.relative(moduleDir, file)).update(await readFile(file));
    }
    return `${part.name}-${part.version}-${hash.digest("hex").slice(0, 10)}`;
}

/**
 * Returns the folder `dir`, filled by `fill` if it does not exist. `fill` gets an empty folder beside `dir`, which is renamed
 * to `dir` only after `fill` succeeds. If two processes want the same folder, one builds it and the other waits.
 */
export async function filledOnce(
    dir: string,
    fill: (empty: string) => Promise<void>,
    onWait: (holder: number) => void,
): Promise<string> {
    if (existsSync(dir)) {
        return dir;
    }
    await mkdir(path.dirname(dir), { recursive: true });
    const held: Lock = await lock(`${dir}.lock`, onWait);
    try {
        if (existsSync(dir)) {
            return dir;
        }
        const partial = `${dir}.partial`;
        await rm(partial, { recursive: true, force: true });
        await mkdir(partial, { recursive: true });
        try {
            await fill(partial);
            await rename(partial, dir);
        } finally {
            await rm(partial, { recursive: true, force: true });
        }
        return dir;
    } finally {
        await held.release();
    }
}
