/** Rule: a version that was not stable gets more requests only one step of the ladder at a time. */
import { DEFAULT_LADDER, nextStep } from "../ladder";
import type { Finding, Manifest, Options, ProgramRule } from "./rule";
import { at, items, UNKNOWN } from "./unknown";

/**
 * What CanaryRollout tells of a step: where both slots stand and where they stood after the last update.
 * Not a Kubernetes object, but judged like one.
 */
export const STEP_KIND = { group: "rollout", kind: "CanaryRollout" } as const;

export const weightStep: ProgramRule = {
    scope: "program",
    id: "weight-step",
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
    const resource = `VirtualService ${String(at(manifest, "spec", "route"))}`;
    const last = at(manifest, "spec", "last");
    const steps = ladderOf(options.ladder ?? at(manifest, "spec", "ladder"));
    return ["v1", "v2"].flatMap((slot): Finding[] => {
        const share = at(manifest, "spec", "shares", slot);
        const path = `weight of subset ${slot}`;
        const lastStable = at(last, "stable");
        if (share === UNKNOWN || last === UNKNOWN || typeof last === "string") {
            const allowed = "at most one step of the ladder more than before";
            const fix = typeof last === "string" ? last : "The update itself cannot be judged.";
            return slot === at(manifest, "spec", "canary")
                ? [{ resource, path, found: UNKNOWN, allowed, fix }]
                : [];
        }
        const before = Number(at(last, "shares", slot) ?? 0);
        // Back to the version that was stable is always allowed, as fast as can be.
        if (typeof share !== "number" || share <= before || slot === lastStable) return [];
        const limit = nextStep(steps, before);
        if (share <= limit) return [];
        return [
            {
                resource,
                path,
                found: share,
                allowed: `at most ${limit} after ${before} (ladder ${steps.join(", ")})`,
                fix: `Set weight to ${limit} first and see that it holds; down to 0 is always allowed.`,
            },
        ];
    });
}

function ladderOf(value: unknown): number[] {
    const steps = items(value).flatMap(([, step]) => (typeof step === "number" ? [step] : []));
    return steps.length > 0 ? steps : DEFAULT_LADDER;
}
