// A `pulumi` of the user's own, if it is new enough: then none is built.
import { execa } from "execa";
import { oldestPulumi } from "./parts";
import { ownProgramOnPath } from "./prerequisites";

/** Its path and version, or undefined when there is none, or only an older one. What is built below `cache` is not the user's. */
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

/** Compares dotted numbers; a pre-release counts as its release; what is no version is not new enough. */
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
