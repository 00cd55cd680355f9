/** Every rule, and how to run them over manifests. */
import { bothPrincipals } from "./bothPrincipals";
import { httpTimeout } from "./httpTimeout";
import { retryBudget } from "./retryBudget";
import { roleSwap } from "./roleSwap";
import { concerns, type Finding, type Manifest, optionsOf, type Rule } from "./rule";
import { slotInUse } from "./slotInUse";
import { weightCapacity } from "./weightCapacity";
import { weightRange } from "./weightRange";
import { weightStep } from "./weightStep";
import { weightSum } from "./weightSum";

export const rules: readonly Rule[] = [
    weightRange,
    weightSum,
    weightStep,
    weightCapacity,
    roleSwap,
    slotInUse,
    httpTimeout,
    retryBudget,
    bothPrincipals,
];

/** What every rule with its default options finds in a program's manifests. */
export function findingsIn(manifests: readonly Manifest[]): Finding[] {
    return rules.flatMap((rule) => {
        const seen = manifests.filter((manifest) => concerns(rule, manifest));
        const options = optionsOf(rule);
        return rule.scope === "program"
            ? rule.check(seen, options)
            : seen.flatMap((manifest) => rule.check(manifest, options));
    });
}

export { findingText } from "./findingText";
export * from "./rule";
export { UNKNOWN } from "./unknown";
export { STEP_KIND } from "./weightStep";
