// Separates files that cannot be applied together: overlays of one application, such as prod.yaml and staging.yaml.
import { isDeepStrictEqual } from "node:util";
import { textAt, textOf } from "../../../../rollout/config/unknown";
import type { Manifest } from "../../../../rollout/rules";
import type { Located } from "./manifestFile";

interface Program {
    readonly files: Set<string>;
    readonly identities: Set<string>;
}

/**
 * Groups of objects that are checked together. Two files with different objects of one identity are in different groups; all other
 * files are in each group.
 */
export function programsOf(objects: readonly Located[]): Located[][] {
    const distinct = withoutCopies(objects);
    const conflicts = conflictsOf(distinct);
    if (conflicts.size === 0) return [distinct];
    const programs: Program[] = [];
    for (const [file, identities] of conflicts) {
        let program = programs.find(
            (one) => ![...identities].some((identity) => one.identities.has(identity)),
        );
        if (program === undefined) {
            program = { files: new Set(), identities: new Set() };
            programs.push(program);
        }
        program.files.add(file);
        for (const identity of identities) program.identities.add(identity);
    }
    return programs.map(({ files }) =>
        distinct.filter(({ file }) => files.has(file) || !conflicts.has(file)),
    );
}

/** Files often repeat an object, such as the Namespace. */
function withoutCopies(objects: readonly Located[]): Located[] {
    const seen = new Map<string, Located[]>();
    return objects.filter((object) => {
        const identity = identityOf(object.manifest);
        if (identity === undefined) return true;
        const known = seen.get(identity) ?? [];
        const isCopy = known.some(
            ({ file, manifest }) =>
                file !== object.file && isDeepStrictEqual(manifest, object.manifest),
        );
        seen.set(identity, [...known, object]);
        return !isCopy;
    });
}

/** Identities that other files have too, by file. */
function conflictsOf(objects: readonly Located[]): Map<string, Set<string>> {
    const files = new Map<string, Set<string>>();
    for (const { manifest, file } of objects) {
        const identity = identityOf(manifest);
        if (identity === undefined) continue;
        files.set(identity, (files.get(identity) ?? new Set()).add(file));
    }
    const conflicts = new Map<string, Set<string>>();
    for (const [identity, names] of files) {
        if (names.size < 2) continue;
        for (const name of names) {
            conflicts.set(name, (conflicts.get(name) ?? new Set()).add(identity));
        }
    }
    return conflicts;
}

function identityOf(manifest: Manifest): string | undefined {
    const name = textAt(manifest, "metadata", "name");
    if (name === undefined) return undefined;
    const group = textOf(manifest.apiVersion).split("/").slice(0, -1).join();
    return `${group}/${textOf(manifest.kind)} ${textAt(manifest, "metadata", "namespace") ?? ""}/${name}`;
}
