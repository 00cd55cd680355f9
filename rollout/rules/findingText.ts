/** A finding as a sentence for people. */
import { show } from "../config/problems";
import { UNKNOWN } from "../config/unknown";
import type { Exemption } from "./exemptions/exemption";
import { type Finding, pageOf, type Rule } from "./rule";

/** "VirtualService demo/web: spec.http[0].timeout: found nothing; allowed: … . Set …" */
export function findingText({ resource, path, found, allowed, fix }: Finding): string {
    if (found === UNKNOWN) {
        return `${resource}: ${path}: not known yet, so this could not be judged; allowed: ${allowed}. ${fix}`;
    }
    const value = found === undefined ? "nothing" : show(found);
    return `${resource}: ${path}: found ${value}; allowed: ${allowed}. ${fix}`;
}

/** The same with the rule's page, and with why it passes all the same. */
export function judgementText(rule: Rule, finding: Finding, exemption?: Exemption): string {
    const exempted = exemption && `exempted until ${exemption.until}, ${exemption.reason}: `;
    return `${exempted ?? ""}${findingText(finding)} See ${pageOf(rule)}.`;
}
