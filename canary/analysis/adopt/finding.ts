/** What an adoption found: what it takes over, what a person must do, and what stops it. */
import { at, items, textAt } from "../../../rollout/config/unknown";
import { resourceName } from "../../../rollout/rules/lookup/resourceName";
import type { Manifest } from "../../../rollout/rules/rule";

export interface AdoptFinding {
    /** taken: becomes config. kept: stays as it is. manual: a person decides or acts. blocked: no adoption until it is changed. */
    readonly kind: "taken" | "kept" | "manual" | "blocked";
    readonly resource: string;
    /** What was found and what happens. For manual and blocked, also what to do. */
    readonly text: string;
}

export function finding(
    kind: AdoptFinding["kind"],
    manifest: Manifest,
    text: string,
): AdoptFinding {
    return { kind, resource: resourceName(manifest), text };
}

/** The name of the Helm release that an object belongs to. */
export function helmRelease(manifest: Manifest): string | undefined {
    return textAt(manifest, "metadata", "annotations", "meta.helm.sh/release-name");
}

/** Field managers of an object, with the top fields of its spec that each owns: "helm (ports, selector)". */
export function ownersText(manifest: Manifest): string {
    const owners = items(at(manifest, "metadata", "managedFields")).flatMap(([, entry]) => {
        const fields = Object.keys((at(entry, "fieldsV1", "f:spec") ?? {}) as object)
            .filter((key) => key.startsWith("f:"))
            .map((key) => key.slice(2))
            .sort();
        return fields.length === 0 ? [] : [`${textAt(entry, "manager")} (${fields.join(", ")})`];
    });
    return owners.join("; ") || "nobody";
}
