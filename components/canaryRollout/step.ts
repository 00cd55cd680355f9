/** What an update does to a rollout, for the rules that judge it and for the next update. */
import * as pulumi from "@pulumi/pulumi";
import { type Deferred, hasDeferred, replaceDeferred } from "../../rollout/config/deferred";
import type { RolloutConfig } from "../../rollout/config/rolloutConfig";
import type { Manifests } from "../../rollout/manifests/manifests";
import { type Plan, sharesOf } from "../../rollout/plan/plan";
import {
    hashedLeaf,
    slotChanges,
    TEMPLATE_GENERATION,
    type WrittenPods,
} from "../../rollout/plan/slotChanges";
import { resolveDeferred } from "./inputs";
import type { PreviousUpdate } from "./previousUpdate";

/** What the rules of a step judge; policy/manifest.ts makes a manifest of it. */
export async function stepOf(
    { ladder }: RolloutConfig,
    plan: Plan,
    manifests: Manifests,
    previous: Promise<PreviousUpdate>,
) {
    const { namespace, app, shares, stable, canary } = plan;
    const read = await previous;
    const first = { shares: sharesOf(stable, 0), stable };
    const before = read.split ? { shares: read.split.shares, stable: read.split.stable } : first;
    return {
        route: `${namespace}/${app}`,
        shares,
        stable,
        canary,
        ladder,
        slots: "unread" in read ? {} : slotsOf(manifests, read.pods),
        last: "unread" in read ? read.unread : before,
    };
}

/** What each slot runs, and what of it this update changes. */
function slotsOf({ mode, workloads }: Manifests, last: WrittenPods | undefined) {
    const slots = workloads.map(({ workload: { slot }, deployment: { spec } }) => {
        const template = comparable(spec.template);
        const changes = pulumi.Output.isInstance(template)
            ? template.apply((known) => slotChanges(last, slot, known))
            : slotChanges(last, slot, template);
        // In mode replicas, a slot without requests has no pods.
        const replicas = mode === "istio" ? { replicas: spec.replicas } : {};
        const kept = last?.templates[slot] !== undefined;
        return [slot, { ...replicas, changes, kept }] as const;
    });
    return Object.fromEntries(slots);
}

/** The pod templates of this update, for the next one to compare with. */
export function podsOf({ workloads }: Manifests): pulumi.Inputs {
    const templates = workloads.map(({ workload: { slot }, deployment: { spec } }) => [
        slot,
        comparable(spec.template),
    ]);
    return { generation: TEMPLATE_GENERATION, templates: Object.fromEntries(templates) };
}

/** A template with a hash for each value of another resource, which may be a secret. */
function comparable(template: unknown): unknown {
    if (!hasDeferred(template)) return template;
    const hashed = replaceDeferred(template, (leaf: Deferred) =>
        pulumi.unsecret(pulumi.output(resolveDeferred(leaf)).apply(hashedLeaf)),
    );
    return pulumi.output(hashed);
}
