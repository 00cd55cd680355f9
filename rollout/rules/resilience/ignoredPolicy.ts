/** Rule: Istio ignores no part of a DestinationRule. */

import { at, textAt } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { type Declared, type HostRule, hostRulesIn } from "../lookup/policies/destinationRules";
import { resourceName } from "../lookup/resourceName";
import type { Finding, ProgramRule } from "../rule";

export const ignoredPolicy: ProgramRule = {
    scope: "program",
    id: "ignored-policy",
    group: "resilience",
    description:
        "Two DestinationRules of one host should not both set a trafficPolicy or a subset of one name.",
    severity: "advisory",
    kinds: [{ group: "networking.istio.io", kind: "DestinationRule" }],
    options: {},
    check(manifests) {
        const rules = hostRulesIn(manifests);
        const used = new Set(
            rules.flatMap(({ policy, subsets }) => [policy, ...subsets].map(placeOf)),
        );
        return rules.flatMap((rule) =>
            rule.ignored.filter((one) => !used.has(placeOf(one))).map((one) => judge(one, rule)),
        );
    },
};

function placeOf(one: Declared | undefined): string | undefined {
    return one && `${resourceName(one.rule)} ${one.path}`;
}

function judge({ rule, path, value }: Declared, { subsets, policy }: HostRule): Finding {
    const name = at(value, "name");
    const isPolicy = path === "spec.trafficPolicy";
    const first = isPolicy ? policy : subsets.find((one) => at(one.value, "name") === name);
    const owner = first === undefined ? "another object" : resourceName(first.rule);
    const what = isPolicy ? "no trafficPolicy" : `a name other than ${textAt(value, "name")}`;
    const expected = `${what}, because Istio uses that of ${owner} for this host`;
    const fix = `Merge the two objects, or move this part to ${owner}: Istio ignores it here.`;
    const place = isPolicy ? path : `${path}.name`;
    return findingAt(rule, place, isPolicy ? value : name, expected, fix);
}
