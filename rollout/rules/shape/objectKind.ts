/** Rule: an object has a kind and a version that the API server knows, and a name. */
import { closest, editDistance } from "../../config/problems";
import { at, isMapping, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import type { Finding, Manifest, ResourceRule } from "../rule";
import { GROUPS, groupAndVersion, kindsOf, versionsOf } from "../schema/catalogue";

/** Typing errors per name; other vendors' kinds and groups differ more. */
const TYPING_ERRORS = 2;
/** Clusters have different releases of the Gateway API, some with kinds and versions of their own. */
const SEVERAL_RELEASES = /^gateway\.networking\./;

export const objectKind: ResourceRule = {
    scope: "resource",
    id: "object-kind",
    group: "shape",
    description: "Objects must have a kind and a version that the API server knows, and a name.",
    severity: "mandatory",
    kinds: "all",
    options: {},
    check(manifest) {
        const { apiVersion, kind } = manifest as { apiVersion?: unknown; kind?: unknown };
        if (apiVersion === undefined || kind === undefined) return missingField(manifest);
        if (typeof apiVersion !== "string" || typeof kind !== "string") return wrongType(manifest);
        // Kinds of tools: lists, and Pulumi's patches.
        if (/(List|Patch)$/.test(kind)) return [];
        const [group, version] = groupAndVersion(apiVersion);
        if (!GROUPS.includes(group) || !/^v\d/.test(version)) return wrongGroup(manifest);
        const versions = versionsOf(group, kind);
        if (versions === undefined) return wrongKind(manifest, group);
        return [...wrongVersion(manifest, versions), ...missingName(manifest)];
    },
};

/** A misspelled field leaves the whole object out: most tools skip what has no kind. */
function missingField(manifest: Manifest): Finding[] {
    return (["apiVersion", "kind"] as const).flatMap((field): Finding[] => {
        if (manifest[field] !== undefined) return [];
        const near = Object.keys(manifest).find((key) => isNear(key, field));
        if (near !== undefined) {
            const fix = `Did you mean \`${field}\`? The API server rejects unknown fields.`;
            return [findingAt(manifest, near, near, `the field ${field}`, fix)];
        }
        const isObject = isMapping(manifest.metadata) && isMapping(manifest.spec);
        // Without both, one finding is enough.
        if (!isObject || (field === "apiVersion" && manifest.kind === undefined)) return [];
        const fix = `Set ${field}: without it, the API server cannot tell what the object is.`;
        return [findingAt(manifest, field, undefined, "a string", fix)];
    });
}

function wrongType(manifest: Manifest): Finding[] {
    return (["apiVersion", "kind"] as const).flatMap((field): Finding[] => {
        const value: unknown = manifest[field];
        if (typeof value === "string" || value === UNKNOWN) return [];
        const fix = `Correct ${field}: the API server accepts only a string.`;
        return [findingAt(manifest, field, value, "a string", fix)];
    });
}

function isNear(key: string, field: string): boolean {
    return key.length >= 3 && editDistance(key.toLowerCase(), field.toLowerCase()) <= TYPING_ERRORS;
}

function wrongGroup(manifest: Manifest): Finding[] {
    const { apiVersion, kind } = manifest;
    const [group] = groupAndVersion(apiVersion);
    const written = group === "" ? apiVersion : group;
    const near = GROUPS.find(
        (known) =>
            known !== "" &&
            versionsOf(known, kind) !== undefined &&
            editDistance(written, known) <= TYPING_ERRORS,
    );
    return near === undefined ? [] : [suggestVersion(manifest, near)];
}

function wrongKind(manifest: Manifest, group: string): Finding[] {
    const { kind } = manifest;
    const owner = GROUPS.find((known) => Object.keys(versionsOf(known, kind) ?? {}).length > 0);
    if (owner !== undefined) return [suggestVersion(manifest, owner)];
    const near = closest(kind, kindsOf(group));
    if (
        near === undefined ||
        editDistance(kind.toLowerCase(), near.toLowerCase()) > TYPING_ERRORS
    ) {
        return [];
    }
    const fix = `Did you mean \`${near}\`? The API server rejects unknown kinds.`;
    const expected = `a kind of ${group || "Kubernetes"}`;
    return [ofRelease(group, findingAt(manifest, "kind", kind, expected, fix))];
}

function suggestVersion(manifest: Manifest, group: string): Finding {
    const { apiVersion, kind } = manifest;
    const [version = "v1"] = Object.keys(versionsOf(group, kind) ?? {});
    const name = group === "" ? version : `${group}/${version}`;
    const fix = `Did you mean \`${name}\`? The API server rejects unknown versions.`;
    return findingAt(manifest, "apiVersion", apiVersion, `the version of ${kind}`, fix);
}

function wrongVersion(manifest: Manifest, versions: Readonly<Record<string, number>>): Finding[] {
    const [group, version] = groupAndVersion(manifest.apiVersion);
    const names = Object.keys(versions);
    if (names.length === 0 || names.includes(version)) return [];
    const full = names.map((name) => (group === "" ? name : `${group}/${name}`));
    const fix = "Use a version that is served: the API server rejects others.";
    const expected = full.length === 1 ? `${full[0]}` : `one of ${full.join(", ")}`;
    return [
        ofRelease(group, findingAt(manifest, "apiVersion", manifest.apiVersion, expected, fix)),
    ];
}

function ofRelease(group: string, finding: Finding): Finding {
    return SEVERAL_RELEASES.test(group) ? { ...finding, advisory: true } : finding;
}

function missingName(manifest: Manifest): Finding[] {
    const name = at(manifest, "metadata", "name") ?? at(manifest, "metadata", "generateName");
    if (name !== undefined && name !== null && name !== "") return [];
    const fix = "Set metadata.name: the API server rejects an object without a name.";
    return [findingAt(manifest, "metadata.name", name, "a non-empty string", fix)];
}
