/** Drivers of one stack on one machine take turns at the engine, so that none works on a state that another is about to change. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { isLocked, type Release, tryLock } from "./fileLock";

export type Turn =
    | { readonly taken: true; readonly release: Release }
    /** `holder`: the rollout that is being updated. */
    | { readonly taken: false; readonly holder: string };

/** @param folder of the stack's journals. @param rollout that this driver updates. */
export async function takeTurn(folder: string, rollout: string): Promise<Turn> {
    await mkdir(folder, { recursive: true });
    const file = turnFile(folder);
    const release = await tryLock(file);
    if (release !== undefined) {
        await writeFile(file, rollout);
        return { taken: true, release };
    }
    return { taken: false, holder: await readHolder(folder) };
}

/** The rollout whose driver has the turn; undefined if nobody has it. */
export async function turnHolder(folder: string): Promise<string | undefined> {
    return (await isLocked(turnFile(folder))) ? readHolder(folder) : undefined;
}

async function readHolder(folder: string): Promise<string> {
    const holder = await readFile(turnFile(folder), "utf8").catch(() => "");
    return holder || "another rollout";
}

function turnFile(folder: string): string {
    return path.join(folder, "turn");
}
