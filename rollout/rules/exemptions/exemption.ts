/** Exemptions: an annotation on an object that lets it break one rule, for a reason and for a time. */

import { at } from "../../config/unknown";
import { resourceName } from "../lookup/names";
import type { Manifest } from "../rule";

/** Before the id of the rule: `exempt.rollout/http-timeout: "2026-12-31 long polling"`. */
export const EXEMPT_PREFIX = "exempt.rollout/";

export interface Exemption {
    /** Last day on which it holds: "2026-12-31". */
    readonly until: string;
    readonly reason: string;
}

/** A date and a reason, as they are written in an annotation; undefined when it is neither. */
export function parseExemption(text: unknown): Exemption | undefined {
    const [, until = "", reason = ""] = /^(\d{4}-\d{2}-\d{2})\s+(\S.*)$/s.exec(String(text)) ?? [];
    if (reason === "" || Number.isNaN(Date.parse(until))) return undefined;
    return { until, reason: reason.trim() };
}

/** Every exemption that an object asks for, also one that does not hold. */
export function exemptionsOf(manifest: Manifest): [rule: string, text: unknown][] {
    const annotations = at(manifest, "metadata", "annotations");
    if (typeof annotations !== "object" || annotations === null) return [];
    return Object.entries(annotations)
        .filter(([key]) => key.startsWith(EXEMPT_PREFIX))
        .map(([key, text]) => [key.slice(EXEMPT_PREFIX.length), text]);
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
        .flatMap((manifest) => exemptionsOf(manifest).filter(([id]) => id === rule))
        .map(([, text]) => parseExemption(text))
        .find((exemption) => exemption !== undefined && today <= exemption.until);
}
