/** Rule: the weights of a route with several destinations add up to 100. */

import { UNKNOWN } from "../../config/unknown";
import { resourceName } from "../lookup/resourceName";
import { effectiveWeight, type Route, routesOf, VIRTUAL_SERVICE } from "../lookup/routes";
import type { Finding, ResourceRule } from "../rule";

const ALLOWED = "weights that add up to 100";
const FIX =
    "Correct the weights: Istio splits requests in proportion to them, so they would not be percentages.";

export const weightSum: ResourceRule = {
    scope: "resource",
    id: "weight-sum",
    group: "weights",
    description: "The weights of a route with several destinations must add up to 100.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE],
    options: {},
    check(manifest) {
        const resource = resourceName(manifest);
        return routesOf(manifest).flatMap((route) => judge(resource, route));
    },
};

function judge(resource: string, { path, destinations }: Route): Finding[] {
    const finding = (found: unknown) => [{ resource, path, found, expected: ALLOWED, fix: FIX }];
    if (destinations === UNKNOWN) return finding(UNKNOWN);
    if (destinations.length < 2) return [];
    const weights = destinations.map((one) => effectiveWeight(one, destinations.length));
    const known = weights.filter((weight): weight is number => typeof weight === "number");
    const sum = known.reduce((total, weight) => total + weight, 0);
    // The known weights already exceed 100.
    if (sum > 100 && weights.includes(UNKNOWN)) return finding(`${known.join(" + ")} + unknown`);
    if (weights.includes(UNKNOWN)) return finding(UNKNOWN);
    // weight-range reports a weight that is not a number.
    if (known.length < weights.length || sum === 100) return [];
    return finding(`${known.join(" + ")} = ${sum}`);
}
