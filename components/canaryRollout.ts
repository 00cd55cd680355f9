/** A whole rollout as one Pulumi component. */
import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { checkConfig, type RolloutConfig, type Slot } from "../rollout/config";
import { manifestsOf } from "../rollout/manifests";
import { type Plan, planOf, type Shares } from "../rollout/plan";
import { pathText } from "../rollout/problems";
import type { CanaryRolloutArgs } from "./rolloutArgs";
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
    /** Percentage of requests per slot. */
    readonly shares: pulumi.Output<Shares>;
    /** Slot that is stable. */
    readonly stable: pulumi.Output<Slot>;
    /** Slot that is the canary. */
    readonly canary: pulumi.Output<Slot>;
    /** Percentage of requests that the canary gets. */
    readonly weight: pulumi.Output<number>;

    constructor(name: string, args: CanaryRolloutArgs, opts?: pulumi.ComponentResourceOptions) {
        const config = checked(name, args);
        super(TYPE, name, {}, opts);
        const plan = planOf(config);
        this.createResources(name, config, plan);
        this.host = pulumi.output(plan.host);
        this.shares = pulumi.output(plan.shares);
        this.stable = pulumi.output(plan.stable);
        this.canary = pulumi.output(plan.canary);
        this.weight = pulumi.output(config.weight);
        this.registerOutputs({
            host: this.host,
            shares: this.shares,
            stable: this.stable,
            canary: this.canary,
            weight: this.weight,
        });
    }

    private createResources(name: string, config: RolloutConfig, plan: Plan): void {
        const manifests = manifestsOf(config, plan);
        const parent = { parent: this };
        const after: pulumi.Resource[] = manifests.namespace
            ? [new core.Namespace(`${name}-namespace`, manifests.namespace, parent)]
            : [];
        new core.Service(`${name}-service`, manifests.service, { ...parent, dependsOn: after });
        const deployments = new Map<Slot, pulumi.Resource>();
        for (const part of manifests.workloads) {
            const { slot } = part.workload;
            const workload = new VersionWorkload(`${name}-${slot}`, part, { ...parent, after });
            deployments.set(slot, workload.deployment);
        }
        const waitsFor = plan.routeWaitsFor && deployments.get(plan.routeWaitsFor);
        new TrafficSplit(
            `${name}-traffic`,
            {
                destinationRule: manifests.destinationRule,
                virtualService: manifests.virtualService,
                after,
                routeAfter: waitsFor ? [waitsFor] : [],
            },
            parent,
        );
    }
}

function checked(name: string, args: CanaryRolloutArgs): RolloutConfig {
    const result = checkConfig(args);
    if (result.ok) return result.config;
    throw new pulumi.InputPropertiesError({
        message: `CanaryRollout ${name} has wrong arguments; nothing was changed.`,
        errors: result.problems.map(({ path, reason }) => ({
            propertyPath: pathText(path),
            reason,
        })),
    });
}
