/** Component outputs that describe an update: for the rules that check it, for the driver and for the next update. */
import * as pulumi from "@pulumi/pulumi";
import { type Deferred, hasDeferred, replaceDeferred } from "../../rollout/config/deferred";
import type { RolloutConfig } from "../../rollout/config/rolloutConfig";
import type { Manifests } from "../../rollout/manifests/manifests";
import type { Plan, Reference } from "../../rollout/plan/plan";
import { sharesOf } from "../../rollout/plan/shares";
import {
    hashedLeaf,
    slotChanges,
    TEMPLATE_GENERATION,
    type WrittenPods,
} from "../../rollout/plan/slotChanges";
import { resolveDeferred } from "./inputs";
import type { PreviousUpdate } from "./previousUpdate";

/** The output `step`, which policy/manifest.ts converts to a manifest for the rules. */
export async function stepOf(
    { ladder, routing }: RolloutConfig,
    plan: Plan,
    manifests: Manifests,
    previous: Promise<PreviousUpdate>,
) {
    const { namespace, app, shares, stable, canary } = plan;
    const read = await previous;
    const first = { shares: sharesOf(stable, 0), stable };
    const before = read.split ? { shares: read.split.shares, stable: read.split.stable } : first;
    const route = `${namespace}/${app}`;
    const others = read.rollouts?.filter((one) => one.route !== route) ?? [];
    return {
        route,
        ...(routing === "gateway-api" && { kind: "HTTPRoute" }),
        // For the rule that finds rollouts which the program no longer has.
        ...(others.length > 0 && { others }),
        shares,
        stable,
        canary,
        ladder,
        slots: "unread" in read ? {} : slotsOf(plan, manifests, read.pods),
        last: "unread" in read ? read.unread : before,
    };
}

/** The replicas of each slot, and the changes of this update to its pod template. */
function slotsOf(plan: Plan, { mode, workloads }: Manifests, last: WrittenPods | undefined) {
    const slots = workloads.map(({ workload: { slot }, deployment: { spec } }) => {
        const template = comparable(spec.template);
        const changes = pulumi.Output.isInstance(template)
            ? template.apply((known) => slotChanges(last, slot, known))
            : slotChanges(last, slot, template);
        // Not in mode replicas, where a slot without requests has no pods.
        const replicas = mode === "istio" ? { replicas: spec.replicas } : {};
        const kept = last?.templates[slot] !== undefined;
        return [slot, { ...replicas, changes, kept }] as const;
    });
    const references = plan.references.map((reference) => {
        const { slot, kind, name } = reference;
        const changes = slotChanges(last, slot, referenceOf(reference));
        return [slot, { workload: `${kind} ${plan.namespace}/${name}`, changes }] as const;
    });
    return Object.fromEntries<object>([...slots, ...references]);
}

/** What the next update compares for pods that somebody else manages. */
function referenceOf({ kind, name, labels }: Reference) {
    return { workloadRef: { kind, name, labels } };
}

/** The output `pods`: the pod templates of this update, with which the next update compares its own. */
export function podsOf({ references }: Plan, { workloads }: Manifests): pulumi.Inputs {
    const templates = workloads.map(({ workload: { slot }, deployment: { spec } }) => [
        slot,
        comparable(spec.template),
    ]);
    const others = references.map((reference) => [reference.slot, referenceOf(reference)]);
    return {
        generation: TEMPLATE_GENERATION,
        templates: Object.fromEntries([...templates, ...others]),
    };
}

/** The output `target`, which the driver reads from the stack's state. */
export function targetOf(
    { port, protocol, ports, mode, routing, ladder }: RolloutConfig,
    { references }: Plan,
    { service, workloads }: Manifests,
    weightKey: Promise<string | undefined>,
): pulumi.Inputs {
    const { name: app, namespace } = service.metadata;
    const images = workloads.map(({ workload: { slot, version } }) => [
        slot,
        resolveDeferred(version.image),
    ]);
    const scaled = workloads.flatMap(({ workload: { slot, version } }) =>
        version.autoscaling === undefined
            ? []
            : [[slot, version.autoscaling.external ? "external" : "own"]],
    );
    const referenced = references.map((one) => [one.slot, referenceOf(one).workloadRef]);
    const counted = ports.filter((one) => one.split && one.protocol !== "tcp");
    return {
        ...{ app, namespace, port, protocol, mode, ladder, weightKey },
        images: Object.fromEntries(images),
        ...(routing === "gateway-api" && { routing }),
        ...(counted.length > 0 && { otherPorts: counted.map((one) => one.port) }),
        ...(scaled.length > 0 && { autoscaling: Object.fromEntries(scaled) }),
        ...(referenced.length > 0 && { workloads: Object.fromEntries(referenced) }),
    };
}

/** A template in which a hash replaces each value from another resource, because it may be a secret. */
function comparable(template: unknown): unknown {
    if (!hasDeferred(template)) return template;
    const hashed = replaceDeferred(template, (leaf: Deferred) =>
        pulumi.unsecret(pulumi.output(resolveDeferred(leaf)).apply(hashedLeaf)),
    );
    return pulumi.output(hashed);
}
