/** Exemptions: annotations that let an object break one rule, with a reason, until a date. */

import { EXEMPT_PREFIXES } from "../../config/names";
import { type Exemption, parseExemption } from "../../config/topics/exemptions";
import { at } from "../../config/unknown";
import { resourceName } from "../lookup/resourceName";
import { oncePerProgram } from "../ofKinds";
import type { Manifest } from "../rule";

interface Request {
    readonly rule: string;
    /** Name of the annotation. */
    readonly annotation: string;
    readonly text: unknown;
}

/** All exemption annotations of an object, also expired and malformed ones. */
export function exemptionsOf(manifest: Manifest): Request[] {
    const annotations = at(manifest, "metadata", "annotations");
    if (typeof annotations !== "object" || annotations === null) return [];
    return Object.entries(annotations).flatMap(([annotation, text]): Request[] => {
        const prefix = EXEMPT_PREFIXES.find((known) => annotation.startsWith(known));
        return prefix === undefined
            ? []
            : [{ rule: annotation.slice(prefix.length), annotation, text }];
    });
}

/**
 * The valid exemption from `rule` on the object named `resource`, if any.
 * @param today such as "2026-11-21". An exemption is valid through its last day.
 */
export function exemptionFrom(
    rule: string,
    resource: string,
    manifests: readonly Manifest[],
    today: string,
): Exemption | undefined {
    return exempted(manifests)
        .filter((manifest) => resourceName(manifest) === resource)
        .flatMap((manifest) => exemptionsOf(manifest).filter((request) => request.rule === rule))
        .map(({ text }) => parseExemption(text))
        .find((exemption) => exemption !== undefined && today <= exemption.until);
}

/** The objects with exemptions, which are few. Otherwise each finding would search all objects. */
const exempted = oncePerProgram("all", (manifests) =>
    manifests.filter((manifest) => exemptionsOf(manifest).length > 0),
);
