/** Exemptions: an annotation on an object that lets it break one rule, for a reason and for a time. */

import { EXEMPT_PREFIXES } from "../../config/names";
import { type Exemption, parseExemption } from "../../config/topics/exemptions";
import { at } from "../../config/unknown";
import { resourceName } from "../lookup/names";
import type { Manifest } from "../rule";

interface Request {
    readonly rule: string;
    /** Name of the annotation. */
    readonly annotation: string;
    readonly text: unknown;
}

/** Every exemption that an object asks for, also one that does not hold. */
export function exemptionsOf(manifest: Manifest): Request[] {
    const annotations = at(manifest, "metadata", "annotations");
    if (typeof annotations !== "object" || annotations === null) return [];
    return Object.entries(annotations).flatMap(([annotation, text]): Request[] => {
        const prefix = EXEMPT_PREFIXES.find((one) => annotation.startsWith(one));
        return prefix === undefined
            ? []
            : [{ rule: annotation.slice(prefix.length), annotation, text }];
    });
}

/**
 * The exemption from a rule that the object named `resource` has among these, if any.
 * @param today "2026-11-21"; an exemption holds through its last day.
 */
export function exemptionFrom(
    rule: string,
    resource: string,
    manifests: readonly Manifest[],
    today: string,
): Exemption | undefined {
    return manifests
        .filter((manifest) => resourceName(manifest) === resource)
        .flatMap((manifest) => exemptionsOf(manifest).filter((one) => one.rule === rule))
        .map(({ text }) => parseExemption(text))
        .find((exemption) => exemption !== undefined && today <= exemption.until);
}
