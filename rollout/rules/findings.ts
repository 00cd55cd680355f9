/** Runs single rules over manifests. */
import { UNKNOWN } from "../config/unknown";
import { ofKinds } from "./ofKinds";
import { type Finding, type Manifest, type Options, optionsOf, type Rule } from "./rule";

/** Runs one rule on the manifests that it reads. */
export function findingsOf(rule: Rule, manifests: readonly Manifest[], given?: Options): Finding[] {
    const read = ofKinds(rule.kinds, manifests);
    const options = optionsOf(rule, given);
    return rule.scope === "program"
        ? rule.check(read, options)
        : read.flatMap((manifest) => rule.check(manifest, options));
}

/** Whether a finding is advisory at any level: its value is unknown, or may be intended. */
export function stopsNothing({ found, advisory }: Finding): boolean {
    return found === UNKNOWN || advisory === true;
}
