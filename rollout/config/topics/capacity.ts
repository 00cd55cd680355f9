/** How many pods the slots have when these follow the weight. */

import { integer, mapping, oneOf } from "../fields";
import { type Problem, wrong } from "../problems";
import type { RolloutConfig } from "../rolloutConfig";

export const capacitySchema = mapping({
    canary: oneOf(["fixed", "proportional"]).default("fixed"),
    // Of the service, not of a slot: roles swap slots, and the number stays.
    total: integer(1, 1_000).optional(),
    headroom: integer(0, 1_000).default(0),
    stable: oneOf(["full", "proportional"]).default("full"),
});

/** A share of nothing, and keys that nothing follows. */
export function capacityRelations({ capacity }: Partial<RolloutConfig>): Problem[] {
    if (capacity === undefined) return [];
    const { canary, total, headroom, stable } = capacity;
    if (canary === "proportional") {
        const reason =
            "is missing; must be the number of pods that answer all requests, while capacity.canary is proportional";
        return total === undefined ? [{ path: ["capacity", "total"], reason }] : [];
    }
    if (total === undefined && headroom === 0 && stable === "full") return [];
    const reason = wrong("must be proportional while capacity has other keys", canary);
    return [{ path: ["capacity", "canary"], reason }];
}
