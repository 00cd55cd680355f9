/** Rule: a weight is an integer from 0 to 100. */

import { UNKNOWN } from "../../config/unknown";
import { resourceName } from "../lookup/resourceName";
import { routesOf, VIRTUAL_SERVICE } from "../lookup/routes";
import type { ResourceRule } from "../rule";

const ALLOWED = "an integer from 0 to 100";
const FIX = "Set the percentage of requests that this destination receives.";

export const weightRange: ResourceRule = {
    scope: "resource",
    id: "weight-range",
    group: "weights",
    description: "Every weight in a VirtualService must be an integer from 0 to 100.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE],
    options: {},
    check(manifest) {
        const resource = resourceName(manifest);
        return routesOf(manifest).flatMap(({ path, destinations }) => {
            if (destinations === UNKNOWN) {
                return [{ resource, path, found: UNKNOWN, expected: ALLOWED, fix: FIX }];
            }
            return destinations
                .filter(({ weight }) => weight !== undefined && !isWeight(weight))
                .map(({ path: place, weight }) => ({
                    resource,
                    path: `${place}.weight`,
                    found: weight,
                    expected: ALLOWED,
                    fix: FIX,
                }));
        });
    },
};

function isWeight(value: unknown): boolean {
    return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 100;
}
