/** Rule: an update raises the share of a slot that was not stable by at most one step of the ladder. */

import { SLOTS } from "../../config/slots";
import { DEFAULT_LADDER, nextStep } from "../../config/topics/roles";
import { at, items, textAt, textOf, UNKNOWN } from "../../config/unknown";
import type { Finding, Manifest, Options, ProgramRule } from "../rule";

/**
 * CanaryRollout's record of a step: the shares of both slots, now and after the last update. Rules read it like a
 * Kubernetes object.
 */
export const STEP_KIND = { group: "istio-canary.dev", kind: "CanaryRollout" } as const;

/** The route of a step, as findings name it. */
export function routeName(step: unknown): string {
    return `${textAt(step, "kind") ?? "VirtualService"} ${textAt(step, "route") ?? "(unknown name)"}`;
}

export const weightStep: ProgramRule = {
    scope: "program",
    id: "weight-step",
    group: "weights",
    description:
        "An update must not raise the canary's weight by more than one step of the ladder.",
    severity: "mandatory",
    kinds: [STEP_KIND],
    options: {
        ladder: {
            type: "array",
            items: { type: "integer", minimum: 1, maximum: 100 },
            rising: true,
            description:
                "Weights of the phases, rising to 100. Default: the ladder of each rollout.",
        },
    },
    check(manifests, options) {
        return manifests.flatMap((manifest) => judge(manifest, options));
    },
};

function judge(manifest: Manifest, options: Options): Finding[] {
    const step = at(manifest, "spec");
    const resource = routeName(step);
    const last = at(step, "last");
    const shares = SLOTS.map((slot) => ({
        slot,
        share: at(step, "shares", slot),
        before: at(last, "shares", slot) ?? 0,
    }));
    const isKnown = shares.every(
        ({ share, before }) => typeof share === "number" && typeof before === "number",
    );
    if (typeof last !== "object" || last === null || !isKnown) {
        return [
            {
                resource,
                path: "weight",
                found: UNKNOWN,
                expected: "at most one step of the ladder above the last weight",
                // The component sends a reason as text if it could not read the last weights.
                fix: typeof last === "string" ? last : "The weights are unknown until the update.",
            },
        ];
    }
    const steps = ladderOf(options.ladder ?? at(step, "ladder"));
    return shares.flatMap(({ slot, share, before }) => {
        const limit = nextStep(steps, Number(before));
        // A rollback to the slot that was stable is always allowed.
        if (slot === at(last, "stable") || Number(share) <= Math.max(Number(before), limit))
            return [];
        return [
            {
                resource,
                path: `weight of subset ${slot}`,
                found: share,
                expected: `at most ${limit} after ${textOf(before)} (ladder ${steps.join(", ")})`,
                fix: `Set \`weight\` to ${limit} and let that phase pass first. You can always lower the weight.`,
            },
        ];
    });
}

function ladderOf(value: unknown): number[] {
    const steps = items(value).flatMap(([, step]) => (typeof step === "number" ? [step] : []));
    return steps.length > 0 ? steps : DEFAULT_LADDER;
}
