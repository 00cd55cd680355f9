/** A whole rollout as one Pulumi component. */
import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import type { Slot } from "../../rollout/config/rolloutConfig";
import { type Manifests, manifestsOf } from "../../rollout/manifests/manifests";
import { type Plan, planOf, type Shares } from "../../rollout/plan/plan";
import { directRoutes } from "../../rollout/plan/previousSplit";
import type { Principals } from "../../rollout/plan/principals";
import {
    awaitedAtZero,
    deploymentWaits,
    routeWaits,
    routeWaitsForStable,
} from "../../rollout/plan/updateOrder";
import type { CanaryRolloutArgs } from "../args/rolloutArgs";
import { createIdentity } from "./accessPolicies";
import { checkedConfig, refusals } from "./judgement";
import { sayShare } from "./logShare";
import { type LastRead, readLastRoute } from "./previousUpdate";
import { podsOf, stepOf } from "./step";
import { TrafficSplit } from "./trafficSplit";
import { VersionWorkload } from "./versionWorkload";

const TYPE = "rollout:index:CanaryRollout";

/**
 * One app in two version slots behind one Service, with the canary's share of requests as its one knob. Each
 * phase of a rollout is an update with another `weight`; nothing else changes between phases.
 *
 * @throws pulumi.InputPropertiesError with every wrong argument and its path, before any resource is registered.
 */
export class CanaryRollout extends pulumi.ComponentResource {
    /** Full name of the Service: the host that clients call. */
    readonly host: pulumi.Output<string>;
    /** The identity of each slot, whether it runs or not: what lets in one must let in the other. */
    readonly principals: pulumi.Output<Principals>;
    /** Percentage of requests per slot. */
    readonly shares: pulumi.Output<Shares>;
    /** Percentage of requests that the canary gets: as asked for, and as the pods can make it in mode replicas. */
    readonly share: pulumi.Output<Plan["share"]>;
    /** Slot that is stable. */
    readonly stable: pulumi.Output<Slot>;
    /** Slot that is the canary. */
    readonly canary: pulumi.Output<Slot>;
    /** Percentage of requests that the canary gets. */
    readonly weight: pulumi.Output<number>;

    constructor(name: string, args: CanaryRolloutArgs, opts?: pulumi.ComponentResourceOptions) {
        const config = checkedConfig(name, args);
        const plan = planOf(config);
        const manifests = manifestsOf(config, plan);
        const advice = refusals(name, manifests);
        super(TYPE, name, {}, opts);
        for (const message of advice) void pulumi.log.warn(message, this);
        const last = readLastRoute(plan.namespace, plan.app);
        sayShare(plan, this);
        this.createResources(name, plan, manifests, last);
        this.host = pulumi.output(plan.host);
        this.principals = pulumi.output(plan.principals);
        this.shares = pulumi.output(plan.shares);
        this.share = pulumi.output(plan.share);
        this.stable = pulumi.output(plan.stable);
        this.canary = pulumi.output(plan.canary);
        this.weight = pulumi.output(config.weight);
        this.registerOutputs({
            host: this.host,
            principals: this.principals,
            shares: this.shares,
            share: this.share,
            stable: this.stable,
            canary: this.canary,
            weight: this.weight,
            // For the policies of a step, which see a program's resources but not the state before them.
            step: stepOf(config, plan, manifests, last),
            // For the next update, which compares.
            pods: podsOf(manifests),
        });
    }

    private createResources(
        name: string,
        plan: Plan,
        manifests: Manifests,
        last: Promise<LastRead>,
    ): void {
        const parent = { parent: this };
        const after: pulumi.Resource[] = manifests.namespace
            ? [new core.Namespace(`${name}-namespace`, manifests.namespace, parent)]
            : [];
        new core.Service(`${name}-service`, manifests.service, { ...parent, dependsOn: after });
        // Who may come in is settled before the first pod can be asked.
        const guarded = [
            ...after,
            ...createIdentity(name, manifests, { ...parent, dependsOn: after }),
        ];
        const direct = directRoutes([
            ...manifests.virtualService.spec.http,
            ...(manifests.gatewayVirtualService?.spec.http ?? []),
        ]);
        const deployments = new Map<Slot, pulumi.Resource>();
        // The last route is read before it is overwritten; a route to weight 0 alone does not wait for that either.
        const routeAfter = last.then(({ route }) => {
            const slots = [
                routeWaits(plan, route, direct) && plan.canary,
                routeWaitsForStable(plan, route) && plan.stable,
            ];
            return slots.flatMap((slot) => (slot && deployments.get(slot)) || []);
        });
        const waits = plan.routeWaitsFor !== undefined || direct.length > 0;
        const split = { ...manifests, after, routeAfter: waits ? routeAfter : undefined };
        const traffic =
            manifests.mode === "istio"
                ? new TrafficSplit(`${name}-traffic`, split, parent)
                : undefined;
        for (const part of manifests.workloads) {
            const { slot } = part.workload;
            const deploymentAfter = last.then(({ route }) =>
                deploymentWaits(plan, slot, route, direct)
                    ? updated(traffic?.virtualService ?? deployments.get(otherSlot(slot)))
                    : undefined,
            );
            const awaited = last.then(({ route, awaited }) =>
                awaitedAtZero(plan, route, direct, awaited?.[slot] ?? false),
            );
            const atZero = part.workload.skipAwait && direct.length > 0;
            const args = {
                ...part,
                after: guarded,
                deploymentAfter,
                awaited: atZero ? awaited : undefined,
            };
            const workload = new VersionWorkload(`${name}-${slot}`, args, parent);
            deployments.set(slot, workload.deployment);
        }
    }
}

/**
 * Ends when the engine has done what it has to do about a resource. Nothing is remembered as depending on it: on
 * `pulumi destroy` the route goes before the pods, whichever of them waited for the other in the last update.
 */
async function updated(resource: pulumi.Resource | undefined): Promise<void> {
    await new Promise<void>((resolve) =>
        resource ? resource.urn.apply(() => resolve()) : resolve(),
    );
}

function otherSlot(slot: Slot): Slot {
    return slot === "v1" ? "v2" : "v1";
}
