/** Config: how many pods the slots have at each weight. */
import type { z } from "zod";
import { doc, integer, mapping, named, oneOf } from "../fields";
import { ISTIO, key } from "../key";
import { type Problem, wrongValue } from "../problems";

const capacitySchema = mapping({
    canary: doc(
        oneOf(["fixed", "proportional"]).default("fixed"),
        "`proportional` gives the canary its share of `total`, and never fewer pods than its `replicas`.",
    ),
    // Of the service, not of a slot: roles swap slots, and the number stays.
    total: doc(
        integer(1, 1_000).optional(),
        "Pods that serve all requests. Required with `proportional`.",
    ),
    headroom: doc(
        integer(0, 1_000).default(0),
        "Percentage of pods to add to the share, up to `total`.",
    ),
    stable: doc(
        oneOf(["full", "proportional"]).default("full"),
        "`proportional` removes stable pods as the weight grows; a rollback then has to wait for new ones.",
    ),
});

export const capacityKeys = {
    capacity: key(
        doc(
            named("CapacityArgs", capacitySchema).prefault({}),
            "Number of pods at each weight. By default, each version has its own `replicas`.",
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
            "the number of pods that serve all requests, because capacity.canary is proportional";
        return [wrongValue(["capacity", "total"], expected, undefined)];
    }
    if (total === undefined && headroom === 0 && stable === "full") return [];
    const expected = "proportional, because other keys of capacity are set";
    return [wrongValue(["capacity", "canary"], expected, canary)];
}
