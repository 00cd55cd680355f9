/** Config: the number of pods per slot at each weight. */
import type { z } from "zod";
import { doc, integer, mapping, named, oneOf } from "../fields";
import { ISTIO, key } from "../key";
import { type Problem, wrongValue } from "../problems";

const capacitySchema = mapping({
    canary: doc(
        oneOf(["fixed", "proportional"]).default("fixed"),
        "Number of canary pods: `fixed` is the version's `replicas`, `proportional` is the canary's share of `total`, but at least `replicas`.",
    ),
    // One number for both slots, because it must not change when roles swap slots.
    total: doc(
        integer(1, 1_000).optional(),
        "Number of pods that can serve all requests. Required if `canary` is `proportional`.",
    ),
    headroom: doc(
        integer(0, 1_000).default(0),
        "Extra pods, as a percentage of the share, up to `total`.",
    ),
    stable: doc(
        oneOf(["full", "proportional"]).default("full"),
        "Number of stable pods if `canary` is `proportional`: `full` is `total` at every weight, `proportional` is the stable's share of `total`. After a rollback with the latter, the remaining pods serve all requests until new pods are ready.",
    ),
});

export const capacityKeys = {
    capacity: key(
        doc(
            named("CapacityArgs", capacitySchema).prefault({}),
            "Number of pods per slot at each weight. By default, each version runs its `replicas`.",
        ),
        ISTIO,
    ),
};

export function capacityRelations({
    capacity,
}: {
    readonly capacity?: z.output<typeof capacitySchema>;
}): Problem[] {
    if (capacity === undefined) return [];
    const { canary, total, headroom, stable } = capacity;
    if (canary === "proportional") {
        if (total !== undefined) return [];
        const expected =
            "the number of pods that can serve all requests, because capacity.canary is proportional";
        return [wrongValue(["capacity", "total"], expected, undefined)];
    }
    if (total === undefined && headroom === 0 && stable === "full") return [];
    const expected = "proportional, because other keys of capacity are set";
    return [wrongValue(["capacity", "canary"], expected, canary)];
}
