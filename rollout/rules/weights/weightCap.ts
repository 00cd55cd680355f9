/** Rule: a weight above the cap needs an exemption. */

import { at, textAt, UNKNOWN } from "../../config/unknown";
import type { Finding, Manifest, ProgramRule } from "../rule";
import { routeName, STEP_KIND } from "./weightStep";

export const weightCap: ProgramRule = {
    scope: "program",
    id: "weight-cap",
    group: "weights",
    description: "The canary's weight must not exceed the cap without an exemption.",
    severity: "mandatory",
    kinds: [STEP_KIND],
    options: {
        cap: {
            type: "integer",
            minimum: 0,
            maximum: 100,
            description: "Largest weight without an exemption.",
            default: 100,
        },
    },
    check(manifests, { cap }) {
        return manifests.flatMap((manifest) => judge(manifest, Number(cap)));
    },
};

function judge(manifest: Manifest, cap: number): Finding[] {
    const step = at(manifest, "spec");
    const canary = textAt(step, "canary") ?? "";
    const weight = at(step, "shares", canary);
    if (typeof weight === "number" && weight <= cap) return [];
    if (cap >= 100) return [];
    return [
        {
            resource: routeName(step),
            path: `weight of subset ${canary}`,
            found: typeof weight === "number" ? weight : UNKNOWN,
            expected: `at most ${cap} without an exemption`,
            fix: "Lower the weight, or add an exemption from weight-cap with a last day and a reason.",
        },
    ];
}
