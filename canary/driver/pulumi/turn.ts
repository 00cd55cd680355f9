/** Drivers of one stack on one machine take turns at the engine, so that none works on a state that another is about to change. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Release, tryLock } from "./fileLock";

export type Turn =
    | { readonly taken: true; readonly release: Release }
    /** `holder`: the rollout that is being updated. */
    | { readonly taken: false; readonly holder: string };

/** @param folder of the stack's journals. @param rollout that this driver updates. */
export async function takeTurn(folder: string, rollout: string): Promise<Turn> {
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, "turn");
    const release = await tryLock(file);
    if (release !== undefined) {
        await writeFile(file, rollout);
        return { taken: true, release };
    }
    const holder = await readFile(file, "utf8").catch(() => "");
    return { taken: false, holder: holder || "another rollout" };
}
