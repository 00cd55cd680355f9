// Manifests in, report out.
import { readFile } from "node:fs/promises";
import { text as readStream } from "node:stream/consumers";
import { problemLine } from "../../../rollout/config/problems";
import { judge, parseSettings, rules, type Settings } from "../../../rollout/rules";
import { resourceName } from "../../../rollout/rules/lookup/names";
import type { Format } from "./format";
import { type Located, type Place, readManifests } from "./manifestFile";
import { type Found, report } from "./report";

export interface CheckOptions {
    readonly format: Format;
    /** File of levels and options. */
    readonly config?: string;
}

/**
 * Judges all files together; "-" is stdin.
 * @throws Error when one cannot be read, is no YAML, or none has an object; and on wrong levels or options.
 */
export async function check(
    files: readonly string[],
    { format, config }: CheckOptions,
): Promise<{ output: string; refused: boolean }> {
    const settings = await readSettings(config);
    const located = (await Promise.all(files.map(readObjects))).flat();
    if (located.length === 0) throw new Error(`No Kubernetes object in ${files.join(", ")}.`);
    const today = new Date().toISOString().slice(0, 10);
    const judgements = judge(
        located.map(({ manifest }) => manifest),
        { today, settings },
    );
    const found = judgements.map(
        (one): Found => ({ ...one, place: placeOf(one.finding, located) }),
    );
    return {
        output: report(format, found, located.length),
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

/** Findings name their object; two of one name are told apart by nothing, and the first one is shown. */
function placeOf({ resource, path }: Found["finding"], located: readonly Located[]): Place {
    const object = located.find(({ manifest }) => resourceName(manifest) === resource);
    return object?.place(path) ?? { file: "(none)", line: 1, column: 1 };
}
