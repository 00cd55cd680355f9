/** Rule: retries are bounded. */

import { at, items } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { VIRTUAL_SERVICE } from "../lookup/routes";
import type { ResourceRule } from "../rule";

export const retryAttempts: ResourceRule = {
    scope: "resource",
    id: "retry-attempts",
    group: "resilience",
    description: "An HTTP route of a VirtualService must not retry more often than the limit.",
    severity: "mandatory",
    kinds: [VIRTUAL_SERVICE],
    options: {
        most: {
            type: "integer",
            minimum: 0,
            description: "Largest number of retries.",
            default: 5,
        },
    },
    check(manifest, { most }) {
        return items(at(manifest, "spec", "http")).flatMap(([index, route]) => {
            const attempts = at(route, "retries", "attempts");
            if (attempts === undefined || attempts === null) return [];
            if (Number.isInteger(attempts) && isBetween(attempts, most)) return [];
            const path = `spec.http[${index}].retries.attempts`;
            const expected = `an integer from 0 to ${most}`;
            const fix =
                "Use a number in this range: each retry sends one more request to a version that already fails.";
            return [findingAt(manifest, path, attempts, expected, fix)];
        });
    },
};

function isBetween(value: unknown, most: unknown): boolean {
    return Number(value) >= 0 && Number(value) <= Number(most);
}
