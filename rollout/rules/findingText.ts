/** A finding as a sentence for people. */
import { show } from "../config/problems";
import type { Exemption } from "../config/topics/exemptions";
import { UNKNOWN } from "../config/unknown";
import { type Finding, pageOf, type Rule } from "./rule";

/** "VirtualService demo/web: spec.http[0].timeout: expected a duration, got nothing. Set …" */
export function findingText({ resource, path, found, expected, fix }: Finding): string {
    const value = found === UNKNOWN ? "a value that is not known yet" : show(found);
    return `${resource}: ${path}: expected ${expected}, got ${value}. ${fix}`;
}

/** The same with the rule's page, and with why it passes all the same. */
export function judgementText(rule: Rule, finding: Finding, exemption?: Exemption): string {
    const exempted = exemption && `exempted until ${exemption.until}, ${exemption.reason}: `;
    return `${exempted ?? ""}${findingText(finding)} See ${pageOf(rule)}.`;
}
