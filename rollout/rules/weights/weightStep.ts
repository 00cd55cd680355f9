/** Rule: a version that was not stable gets more requests only one step of the ladder at a time. */
import { DEFAULT_LADDER, nextStep, SLOTS } from "../../config/topics/roles";
import { at, items, textAt, UNKNOWN } from "../../config/unknown";
import type { Finding, Manifest, Options, ProgramRule } from "../rule";

/**
 * What CanaryRollout tells of a step: where both slots stand and where they stood after the last update.
 * Not a Kubernetes object, but judged like one.
 */
export const STEP_KIND = { group: "istio-canary.dev", kind: "CanaryRollout" } as const;

export const weightStep: ProgramRule = {
    scope: "program",
    id: "weight-step",
    group: "weights",
    description:
        "The canary's weight rises by at most one step of the ladder from one update to the next.",
    severity: "mandatory",
    kinds: [STEP_KIND],
    options: {
        ladder: {
            type: "array",
            items: { type: "integer" },
            description: "Weights of the phases, rising to 100; unless given, each rollout's own.",
        },
    },
    check(manifests, options) {
        return manifests.flatMap((manifest) => judge(manifest, options));
    },
};

function judge(manifest: Manifest, options: Options): Finding[] {
    const step = at(manifest, "spec");
    const resource = `VirtualService ${textAt(step, "route") ?? "(name not known yet)"}`;
    const last = at(step, "last");
    const shares = SLOTS.map((slot) => [slot, at(step, "shares", slot)] as const);
    const known = typeof last === "object" && last !== null;
    if (!known || shares.some(([, share]) => typeof share !== "number")) {
        return [
            {
                resource,
                path: "weight",
                found: UNKNOWN,
                expected: "at most one step of the ladder more than before",
                // In place of the last weights the component may say why it could not read them.
                fix:
                    typeof last === "string"
                        ? last
                        : "The weights are not known before the update.",
            },
        ];
    }
    const steps = ladderOf(options.ladder ?? at(step, "ladder"));
    return shares.flatMap(([slot, share]) => {
        const before = Number(at(last, "shares", slot) ?? 0);
        const limit = nextStep(steps, before);
        // Back to the version that was stable is always expected, as fast as can be.
        if (slot === at(last, "stable") || Number(share) <= Math.max(before, limit)) return [];
        return [
            {
                resource,
                path: `weight of subset ${slot}`,
                found: share,
                expected: `at most ${limit} after ${before} (ladder ${steps.join(", ")})`,
                fix: `Set weight to ${limit} first and see that it holds; down to 0 is always allowed.`,
            },
        ];
    });
}

function ladderOf(value: unknown): number[] {
    const steps = items(value).flatMap(([, step]) => (typeof step === "number" ? [step] : []));
    return steps.length > 0 ? steps : DEFAULT_LADDER;
}
