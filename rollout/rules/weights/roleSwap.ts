/** Rule: a swap of roles moves no requests, and the new stable slot already receives all of them. */

import { at, textAt, textOf, UNKNOWN } from "../../config/unknown";
import type { Finding, Manifest, ProgramRule } from "../rule";
import { routeName, STEP_KIND } from "./weightStep";

export const roleSwap: ProgramRule = {
    scope: "program",
    id: "role-swap",
    group: "weights",
    description:
        "A canary may become stable only when it receives every request, and must keep them all.",
    severity: "mandatory",
    kinds: [STEP_KIND],
    options: {},
    check(manifests) {
        return manifests.flatMap(judge);
    },
};

function judge(manifest: Manifest): Finding[] {
    const step = at(manifest, "spec");
    const resource = routeName(step);
    if ([at(step, "stable"), at(step, "last", "stable")].includes(UNKNOWN)) {
        const expected = "the slot that was stable, or one that received every request";
        const fix = "The update checks this value.";
        return [{ resource, path: "stable", found: UNKNOWN, expected, fix }];
    }
    const stable = textAt(step, "stable");
    const last = textAt(step, "last", "stable");
    if (stable === undefined || last === undefined || stable === last) return [];
    const share = at(step, "last", "shares", stable);
    if (share !== 100) {
        return [
            {
                resource,
                path: "stable",
                found: stable,
                expected: `${last}, because the last update gave ${stable} ${textOf(share)} % of the requests`,
                fix: "Raise `weight` to 100 along the ladder first. Swap the roles after that phase passes.",
            },
        ];
    }
    const canary = stable === "v1" ? "v2" : "v1";
    const weight = at(step, "shares", canary);
    if (weight === 0) return [];
    return [
        {
            resource,
            path: "weight",
            found: weight,
            expected: `0 in the update that makes ${stable} stable`,
            fix: "Set `weight` to 0 in the same update as the roles: the split then stays the same.",
        },
    ];
}
