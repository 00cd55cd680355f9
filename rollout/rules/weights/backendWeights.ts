/** Rule: the weights of Gateway API backends are valid. */

import { UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import { backendLists, ROUTE_KINDS } from "../lookup/mesh/gatewayApi";
import type { Finding, Manifest, ResourceRule } from "../rule";

const MOST = 1_000_000;
const RANGE = `an integer from 0 to ${MOST}`;
const RANGE_FIX = "Correct the weight: the API server rejects this value.";
const SUM_FIX = "Give a backend a weight above 0: otherwise the Gateway answers 500.";

export const backendWeights: ResourceRule = {
    scope: "resource",
    id: "backend-weights",
    group: "weights",
    description:
        "The weights of a Gateway API route must be integers from 0 to 1,000,000, and not all 0.",
    severity: "mandatory",
    kinds: ROUTE_KINDS,
    options: {},
    check(manifest) {
        return backendLists(manifest).flatMap(({ path, list, backends }) => {
            if (list === UNKNOWN) return [findingAt(manifest, path, UNKNOWN, RANGE, RANGE_FIX)];
            const weights = backends.map(({ weight }) => weight ?? 1);
            return [
                ...backends.flatMap((one) =>
                    outOfRange(manifest, `${one.path}.weight`, one.weight),
                ),
                ...(weights.length > 0 && weights.every((one) => one === 0)
                    ? [findingAt(manifest, path, weights, "a weight above 0", SUM_FIX)]
                    : []),
            ];
        });
    },
};

function outOfRange(manifest: Manifest, path: string, weight: unknown): Finding[] {
    const isValid = Number.isInteger(weight) && Number(weight) >= 0 && Number(weight) <= MOST;
    if (weight === undefined || weight === null || isValid) return [];
    return [findingAt(manifest, path, weight, RANGE, RANGE_FIX)];
}
