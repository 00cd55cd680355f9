// Reads manifests and settings, runs the rules, returns the report.
import { isDeepStrictEqual } from "node:util";
import { closest, problemLine, valueAt } from "../../../rollout/config/problems";
import {
    checkManifests,
    type Finding,
    type Preset,
    parseSettings,
    rules,
    type Settings,
} from "../../../rollout/rules";
import { resourceName } from "../../../rollout/rules/lookup/resourceName";
import type { Format } from "./checkFormat";
import { readInputs } from "./input/inputFiles";
import { type Located, type Place, readManifests } from "./input/manifestFile";
import { inNamespace } from "./input/namespaces";
import { keysOf } from "./input/positions";
import { programsOf } from "./input/programs";
import { githubOutput } from "./output/github";
import { jsonOutput } from "./output/json";
import { junitOutput } from "./output/junit";
import type { CheckResult, Found } from "./output/result";
import { readPage } from "./output/rulePage";
import { sarifOutput } from "./output/sarif";
import { textOutput } from "./output/textOutput";

export interface CheckOptions {
    readonly format: Format;
    /** Path of a file with rule levels and options. */
    readonly config?: string;
    /** Default: that of the settings, or `correctness`. */
    readonly preset?: Preset;
    /** Namespace of objects that name none. */
    readonly namespace?: string;
    /** For text. */
    readonly color: boolean;
}

const OUTPUTS: Record<Format, (result: CheckResult, color: boolean) => string> = {
    text: textOutput,
    json: jsonOutput,
    sarif: sarifOutput,
    junit: junitOutput,
    github: githubOutput,
};

/**
 * Checks all files together. "-" reads stdin.
 * @throws Error if a file cannot be read or is not YAML, if no file has an object, or if the settings are invalid.
 */
export async function check(
    args: readonly string[],
    { format, config, preset: chosen, namespace, color }: CheckOptions,
): Promise<{ output: string; refused: boolean }> {
    const settings = await readSettings(config);
    const inputs = await readInputs(args);
    const objects = readAll(
        inputs.map(
            ({ name, text }) =>
                () =>
                    readManifests(name, text),
        ),
    );
    if (objects.length === 0) throw new Error(`No Kubernetes object in ${args.join(", ")}.`);
    const preset = chosen ?? settings.preset ?? "correctness";
    const today = new Date().toISOString().slice(0, 10);
    const found = programsOf(objects).flatMap((program) => {
        const located = inNamespace(program, namespace);
        const manifests = located.map(({ manifest }) => manifest);
        const placeOf = placesOf(located);
        return checkManifests(manifests, { today, settings, preset }).map(
            (one): Found => ({ ...one, place: placeOf(one.finding) }),
        );
    });
    const result = {
        found: sorted(distinct(found)),
        objects: objects.length,
        files: [...new Set(objects.map(({ file }) => file))],
        preset,
    };
    return {
        output: OUTPUTS[format](result, color),
        refused: result.found.some(({ level }) => level === "mandatory"),
    };
}

/** The page of a rule. */
export function explain(id: string): string {
    const rule = rules.find((one) => one.id === id);
    if (rule !== undefined) return readPage(rule);
    const ids = rules.map((one) => one.id);
    const guess = closest(id, ids);
    const fix = guess === undefined ? `Rules: ${ids.join(", ")}.` : `Did you mean ${guess}?`;
    throw new Error(`--explain: expected the name of a rule, got ${JSON.stringify(id)}. ${fix}`);
}

/** @throws Error with the problems of all files. */
function readAll(reads: readonly (() => Located[])[]): Located[] {
    const problems: string[] = [];
    const objects = reads.flatMap((read) => {
        try {
            return read();
        } catch (error) {
            problems.push(error instanceof Error ? error.message : String(error));
            return [];
        }
    });
    if (problems.length > 0) throw new Error(problems.join("\n"));
    return objects;
}

async function readSettings(file: string | undefined): Promise<Settings> {
    if (file === undefined) return { byRule: {} };
    const [input] = await readInputs([file]);
    const result = parseSettings(parseJson(file, input?.text ?? ""), rules);
    if (result.ok) return result.settings;
    const lines = result.problems.map((one) => `  ${problemLine(one)}`);
    throw new Error([`${file} has invalid settings:`, ...lines].join("\n"));
}

function parseJson(file: string, text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        throw new Error(`${file}: expected JSON, got something else.`);
    }
}

/** A finding has only its object's name. If several objects have one name, the value at its path tells them apart. */
function placesOf(located: readonly Located[]): (finding: Finding) => Place {
    const byName = new Map<string, Located[]>();
    for (const object of located) {
        const name = resourceName(object.manifest);
        const list = byName.get(name) ?? [];
        list.push(object);
        byName.set(name, list);
    }
    return ({ resource, path, found }) => {
        const objects = byName.get(resource) ?? [];
        const [first] = objects;
        const same =
            objects.length < 2
                ? first
                : objects.find(({ manifest }) =>
                      isDeepStrictEqual(valueAt(manifest, keysOf(path)), found),
                  );
        const object = same ?? first;
        return object?.place(path) ?? { file: "(none)", line: 1, column: 1 };
    };
}

/** Drops what two programs found in a file that they share. */
function distinct(found: readonly Found[]): Found[] {
    const seen = new Map<string, Found>();
    for (const one of found) {
        const { file, line, column } = one.place;
        const { resource, path, expected } = one.finding;
        const key = JSON.stringify([one.rule.id, file, line, column, resource, path, expected]);
        if (!seen.has(key)) seen.set(key, one);
    }
    return [...seen.values()];
}

function sorted(found: readonly Found[]): Found[] {
    const files = new Map<string, number>();
    for (const { place } of found) {
        if (!files.has(place.file)) files.set(place.file, files.size);
    }
    const orderOf = ({ place }: Found) => files.get(place.file) ?? 0;
    return [...found].sort(
        (a, b) =>
            orderOf(a) - orderOf(b) ||
            a.place.line - b.place.line ||
            a.place.column - b.place.column,
    );
}
