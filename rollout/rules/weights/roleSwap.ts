/** Rule: roles are swapped between two slots of which one has every request, and the swap moves none. */

import { at, textAt, UNKNOWN } from "../../config/unknown";
import type { Finding, Manifest, ProgramRule } from "../rule";
import { STEP_KIND } from "./weightStep";

export const roleSwap: ProgramRule = {
    scope: "program",
    id: "role-swap",
    group: "weights",
    description: "A canary becomes stable only when it has every request, and keeps them all.",
    severity: "mandatory",
    kinds: [STEP_KIND],
    options: {},
    check(manifests) {
        return manifests.flatMap(judge);
    },
};

function judge(manifest: Manifest): Finding[] {
    const step = at(manifest, "spec");
    const resource = `VirtualService ${textAt(step, "route") ?? "(name not known yet)"}`;
    if ([at(step, "stable"), at(step, "last", "stable")].includes(UNKNOWN)) {
        const expected = "the slot that was stable, or one that had every request";
        const fix = "The update itself judges it.";
        return [{ resource, path: "stable", found: UNKNOWN, expected, fix }];
    }
    const stable = textAt(step, "stable");
    const last = textAt(step, "last", "stable");
    if (stable === undefined || last === undefined || stable === last) return [];
    const had = at(step, "last", "shares", stable);
    if (had !== 100) {
        return [
            {
                resource,
                path: "stable",
                found: stable,
                expected: `${last}, because ${stable} had ${String(had)} % of the requests in the last update`,
                fix: "Take weight up the ladder to 100 first, and swap the roles when that has held.",
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
            fix: "Set weight to 0 together with the roles: the shares then stay as they are.",
        },
    ];
}
