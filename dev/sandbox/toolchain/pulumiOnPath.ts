// Finds the user's own `pulumi`. If it is new enough, none is built.
import { execa } from "execa";
import { ownProgramOnPath } from "./buildPrerequisites";
import { oldestPulumi } from "./parts";

/** Its path and version; undefined if there is none or it is too old. Ignores programs below `cache`, which this project built. */
export async function pulumiOnPath(
    cache: string,
): Promise<{ readonly file: string; readonly version: string } | undefined> {
    const file = ownProgramOnPath("pulumi", cache);
    if (file === undefined) {
        return undefined;
    }
    const { stdout } = await execa(file, ["version"], { reject: false });
    const version = String(stdout ?? "")
        .trim()
        .replace(/^v/, "");
    return isAtLeast(version, oldestPulumi) ? { file, version } : undefined;
}

/** Compares versions numerically. A pre-release counts as its release; an invalid version is not new enough. */
export function isAtLeast(version: string, oldest: string): boolean {
    const numbers = (v: string) => /^(\d+)\.(\d+)\.(\d+)/.exec(v)?.slice(1).map(Number);
    const [have, want] = [numbers(version), numbers(oldest)];
    if (have === undefined || want === undefined) {
        return false;
    }
    for (const [i, wanted] of want.entries()) {
        const difference = (have[i] ?? 0) - wanted;
        if (difference !== 0) {
            return difference > 0;
        }
    }
    return true;
}
