// Reads manifests and settings, runs the rules, returns the report.
import { readFile } from "node:fs/promises";
import { text as readStream } from "node:stream/consumers";
import { problemLine } from "../../../rollout/config/problems";
import { checkManifests, parseSettings, rules, type Settings } from "../../../rollout/rules";
import { resourceName } from "../../../rollout/rules/lookup/resourceName";
import type { Format } from "./checkFormat";
import { type Found, formatFindings } from "./checkOutput";
import { type Located, type Place, readManifests } from "./manifestFile";

export interface CheckOptions {
    readonly format: Format;
    /** Path of a file with rule levels and options. */
    readonly config?: string;
}

/**
 * Checks all files together. "-" reads stdin.
 * @throws Error if a file cannot be read or is not YAML, if no file has an object, or if the settings are invalid.
 */
export async function check(
    files: readonly string[],
    { format, config }: CheckOptions,
): Promise<{ output: string; refused: boolean }> {
    const settings = await readSettings(config);
    const located = (await Promise.all(files.map(readObjects))).flat();
    if (located.length === 0) throw new Error(`No Kubernetes object in ${files.join(", ")}.`);
    const today = new Date().toISOString().slice(0, 10);
    const judgements = checkManifests(
        located.map(({ manifest }) => manifest),
        { today, settings },
    );
    const found = judgements.map(
        (one): Found => ({ ...one, place: placeOf(one.finding, located) }),
    );
    return {
        output: formatFindings(format, found, located.length),
        refused: found.some(({ level }) => level === "mandatory"),
    };
}

async function readObjects(file: string): Promise<Located[]> {
    if (file === "-") return readManifests("stdin", await readStream(process.stdin));
    return readManifests(file, await readFile(file, "utf8"));
}

async function readSettings(file: string | undefined): Promise<Settings> {
    if (file === undefined) return { byRule: {} };
    const result = parseSettings(JSON.parse(await readFile(file, "utf8")), rules);
    if (result.ok) return result.settings;
    const lines = result.problems.map((one) => `  ${problemLine(one)}`);
    throw new Error([`${file} has invalid settings:`, ...lines].join("\n"));
}

/** A finding has only the object's name. If two objects have one name, this returns a place in the first. */
function placeOf({ resource, path }: Found["finding"], located: readonly Located[]): Place {
    const object = located.find(({ manifest }) => resourceName(manifest) === resource);
    return object?.place(path) ?? { file: "(none)", line: 1, column: 1 };
}
