// The result of a check.
import type { Judgement, Preset } from "../../../../rollout/rules";
import type { Place } from "../input/manifestFile";

export interface Found extends Judgement {
    readonly place: Place;
}

export interface CheckResult {
    /** Sorted by file and line. */
    readonly found: readonly Found[];
    readonly objects: number;
    /** Names of all files with objects. */
    readonly files: readonly string[];
    readonly preset: Preset;
}

export function countOf(found: readonly Found[], level: Found["level"]): number {
    return found.filter((one) => one.level === level).length;
}

/** Findings by file, in order. */
export function byFile(found: readonly Found[]): Map<string, Found[]> {
    const files = new Map<string, Found[]>();
    for (const one of found) {
        const list = files.get(one.place.file) ?? [];
        list.push(one);
        files.set(one.place.file, list);
    }
    return files;
}
