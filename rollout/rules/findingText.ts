/** Findings as text for users. */
import { show } from "../config/problems";
import type { Exemption } from "../config/topics/exemptions";
import { UNKNOWN } from "../config/unknown";
import { type Finding, pageOf, type Rule } from "./rule";

/** For example "VirtualService demo/web: spec.http[0].timeout: expected a duration, got nothing. Set …" */
export function findingText({ resource, path, found, expected, fix }: Finding): string {
    const value = found === UNKNOWN ? "an unknown value" : show(found);
    return `${resource}: ${path}: expected ${expected}, got ${value}. ${fix}`;
}

/** The finding, its exemption and a link to the rule's page. */
export function judgementText(rule: Rule, finding: Finding, exemption?: Exemption): string {
    const prefix = exemption && `exempt until ${exemption.until} (${exemption.reason}): `;
    return `${prefix ?? ""}${findingText(finding)} See ${pageOf(rule)}.`;
}
