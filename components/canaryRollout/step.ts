/** What an update does to a rollout, for the rules that judge it and for the next update. */
import type { RolloutConfig } from "../../rollout/config/rolloutConfig";
import { type Manifests, TEMPLATE_GENERATION } from "../../rollout/manifests/manifests";
import { type Plan, sharesOf } from "../../rollout/plan/plan";
import { slotChanges, type WrittenPods } from "../../rollout/plan/slotChanges";
import type { LastRead } from "./previousUpdate";

/** What the rules of a step judge; its manifest is made of it in policy/manifest.ts. */
export async function stepOf(
    { ladder }: RolloutConfig,
    plan: Plan,
    manifests: Manifests,
    last: Promise<LastRead>,
) {
    const { namespace, app, shares, stable, canary } = plan;
    const read = await last;
    const first = { shares: sharesOf(stable, 0), stable };
    const before = read.route ? { shares: read.route.shares, stable: read.route.stable } : first;
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
        const changes = slotChanges(last, slot, spec.template);
        // In mode replicas no pods is what no requests means.
        const replicas = mode === "istio" ? { replicas: spec.replicas } : {};
        const kept = last?.templates[slot] !== undefined;
        return [slot, { ...replicas, changes, kept }] as const;
    });
    return Object.fromEntries(slots);
}

/** The pod templates of this update. */
export function podsOf({ workloads }: Manifests): WrittenPods {
    const templates = workloads.map(({ workload: { slot }, deployment: { spec } }) => [
        slot,
        spec.template,
    ]);
    return { generation: TEMPLATE_GENERATION, templates: Object.fromEntries(templates) };
}
