/** DestinationRules: ValidateDestinationRule of pkg/config/validation/validation.go. */

import type { Field } from "../field";
import { checkExportTo, checkLabels, checkSubsetName } from "./common";
import { checkTrafficPolicy } from "./policySettings";
import { checkSelector } from "./security/selectors";
import { isWildcardHost } from "./values/validNames";

export function checkDestinationRule(spec: Field, namespace: string): void {
    spec.get("host").rejectUnless(
        isWildcardHost,
        "the host of a Service",
        'Use a full name, such as "web.shop.svc.cluster.local".',
    );
    checkTrafficPolicy(spec.get("trafficPolicy"), namespace);
    const names = new Set<string>();
    for (const subset of spec.get("subsets").items) {
        if (subset.isUnknown) continue;
        const name = subset.get("name");
        checkSubsetName(name);
        if (name.text && names.has(name.text)) {
            name.reject("a name that occurs once", "Rename one of the subsets.");
        }
        names.add(name.text ?? "");
        checkLabels(subset.get("labels"));
        checkTrafficPolicy(subset.get("trafficPolicy"), namespace);
    }
    const selector = spec.get("workloadSelector");
    checkExportTo(spec.get("exportTo"), { namespace, isOwnOnly: selector.isSet });
    checkSelector(selector, "matchLabels");
}
