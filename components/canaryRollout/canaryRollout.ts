/** A whole rollout as one Pulumi component. */

import * as core from "@pulumi/kubernetes/core/v1";
import kubernetes from "@pulumi/kubernetes/package.json";
import { security } from "@pulumi/kubernetes-istio";
import * as pulumi from "@pulumi/pulumi";
import { TYPES } from "../../rollout/config/names";
import type { RolloutConfig } from "../../rollout/config/rolloutConfig";
import { otherSlot, type Slot } from "../../rollout/config/slots";
import { type Manifests, manifestsOf } from "../../rollout/manifests/manifests";
import { type Plan, planOf } from "../../rollout/plan/plan";
import { directRoutes } from "../../rollout/plan/previousSplit";
import type { Principals } from "../../rollout/plan/principals";
import { shareText } from "../../rollout/plan/reachableShare";
import type { CanaryShare, Shares } from "../../rollout/plan/shares";
import {
    awaitedAtZero,
    deploymentWaits,
    firstRoutePauses,
    firstRouteWaits,
    referenceWaits,
    routeWaits,
    routeWaitsForStable,
} from "../../rollout/plan/updateOrder";
import type { CanaryRolloutArgs } from "../args";
import { refuseNewUrn } from "./aliases";
import { checkArgs, checkRules, warnIfForced } from "./checks";
import { finished } from "./dependencies";
import { plainInputs, type Resolved, resolveDeferred } from "./inputs";
import { type PreviousUpdate, readPreviousUpdate } from "./previousUpdate";
import { podsOf, stepOf, targetOf } from "./step";
import { RETAINED, TrafficSplit } from "./trafficSplit";
import { VersionWorkload } from "./versionWorkload";
import { ReferencedWorkloads } from "./workloadReference";

/**
 * An app in two version slots behind one Service. Each phase of a rollout is an update with a new `weight`; nothing else changes
 * between phases.
 *
 * @throws pulumi.InputPropertiesError with every invalid argument and its path, before it registers any resource.
 */
export class CanaryRollout extends pulumi.ComponentResource {
    /** Fully qualified name of the Service: the host that clients call. */
    readonly host: pulumi.Output<string>;
    /** Principal of each slot, even if the slot has no version. An allow-list needs both. */
    readonly principals: pulumi.Output<Principals>;
    /** Percentage of requests per slot. */
    readonly shares: pulumi.Output<Shares>;
    /** Percentage of requests that the canary gets: requested, and reachable with the number of pods in mode replicas. */
    readonly share: pulumi.Output<CanaryShare>;
    /** Slot of the stable version. */
    readonly stable: pulumi.Output<Slot>;
    /** Slot of the canary. */
    readonly canary: pulumi.Output<Slot>;
    /** Percentage of requests that the canary gets. */
    readonly weight: pulumi.Output<number>;

    constructor(name: string, args: CanaryRolloutArgs, opts?: pulumi.ComponentResourceOptions) {
        const { config, weightKey } = checkArgs(name, args);
        const plan = planOf(config);
        const manifests = manifestsOf(config, plan);
        const advice = checkRules(name, manifests);
        const { type, alias } = TYPES.rollout;
        const aliases = [{ type: alias }];
        const previous = readPreviousUpdate(plan.namespace, plan.app);
        const route = `${plan.namespace}/${plan.app}`;
        // The engine registers no child before the component.
        const dependsOn = previous.then(async ({ rollouts = [] }) => {
            await refuseNewUrn(this, route, rollouts);
            return [];
        });
        const transformations = config.retainOnDelete ? [retained] : [];
        const own = { aliases, dependsOn, transformations };
        super(type, name, plainInputs(args), pulumi.mergeOptions(opts, own));
        for (const message of advice) void pulumi.log.warn(message, this);
        logShare(plan, this);
        void previous.then(({ split, unread }) =>
            warnIfForced(this, firstRouteWaits(split, unread === undefined)),
        );
        this.createResources(name, plan, resolveDeferred(manifests), previous, config.adopt);
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
            // For policies that compare with the previous update: they see the program's resources but not the previous state.
            step: stepOf(config, plan, manifests, previous),
            // The next update compares its pod templates with these.
            pods: podsOf(plan, manifests),
            target: targetOf(config, plan, manifests, weightKey),
        });
    }

    private createResources(
        name: string,
        plan: Plan,
        manifests: Resolved<Manifests>,
        previous: Promise<PreviousUpdate>,
        adopt: RolloutConfig["adopt"],
    ): void {
        const parent = { parent: this };
        const after: pulumi.Resource[] = manifests.namespace
            ? [new core.Namespace(`${name}-namespace`, manifests.namespace, parent)]
            : [];
        // Create the Service first: if another field manager owns it, the update ends before it changes anything.
        const service = new core.Service(`${name}-service`, manifests.service, {
            ...parent,
            dependsOn: after,
            ...(adopt.includes("service") && RETAINED),
        });
        // Create access policies before the pods, so that they restrict the first pod too.
        const guarded = [
            ...after,
            service,
            ...createAccessPolicies(name, manifests, { ...parent, dependsOn: [...after, service] }),
        ];
        const routes = [
            ...manifests.virtualService.spec.http,
            ...(manifests.gatewayVirtualService?.spec.http ?? []),
        ];
        const direct = directRoutes(routes, plan.stable);
        const deployments = new Map<Slot, pulumi.Resource>();
        const others = new ReferencedWorkloads(name, plan, manifests.service, this);
        const ready = (slots: (Slot | false)[]) =>
            slots.flatMap((slot) => (slot && deployments.get(slot)) || []);
        const isFirst = previous.then(({ split, unread }) =>
            firstRouteWaits(split, unread === undefined),
        );
        const firstAfter = isFirst.then(async (waits) => [
            ...ready([waits && plan.stable]),
            ...(await others.ready(waits && plan.stable)),
        ]);
        const routeAfter = previous.then(async ({ split }) => [
            ...ready([
                routeWaits(plan, split, direct) && plan.canary,
                routeWaitsForStable(plan, split) && plan.stable,
            ]),
            ...(await others.ready(referenceWaits(plan, split, direct) && plan.canary)),
        ]);
        const pauses = previous.then(({ host }) =>
            firstRoutePauses(host, adopt.length > 0, manifests.httpRoute !== undefined),
        );
        const keepsBackends = previous.then(({ host }) => host?.route === "HTTPRoute");
        const split = { ...manifests, keepsBackends, after, firstAfter, routeAfter, pauses, adopt };
        const traffic =
            manifests.mode === "istio"
                ? new TrafficSplit(`${name}-traffic`, split, parent)
                : undefined;
        // So `pulumi destroy` deletes the subsets after the pods: while callers' proxies still have the route, it needs both.
        const subsets = isFirst.then((waits) =>
            waits || !traffic ? [] : [traffic.destinationRule, ...traffic.backends],
        );
        for (const part of manifests.workloads) {
            const { slot } = part.workload;
            const deploymentAfter = previous.then(({ split }) =>
                deploymentWaits(plan, slot, split, direct)
                    ? finished(traffic?.route ?? deployments.get(otherSlot(slot)))
                    : undefined,
            );
            const awaited = previous.then(({ split, awaited }) =>
                awaitedAtZero(plan, split, direct, awaited?.[slot] ?? false),
            );
            const atZero = part.workload.skipAwait && direct.length > 0;
            const workload = new VersionWorkload(
                `${name}-${slot}`,
                {
                    ...part,
                    after: guarded,
                    deploymentAfter,
                    subsets,
                    awaited: atZero ? awaited : undefined,
                },
                parent,
            );
            deployments.set(slot, workload.deployment);
        }
    }
}

/** For all objects of a rollout that is handed over. */
const retained: pulumi.ResourceTransformation = ({ props, opts }) => ({
    props,
    opts: { ...opts, ...RETAINED },
});

/** The PeerAuthentication and the AuthorizationPolicy, if the config asks for them. */
function createAccessPolicies(
    name: string,
    { peerAuthentication, authorizationPolicy }: Resolved<Manifests>,
    opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
    // One provider for all, as in trafficSplit.ts.
    const istio = { ...opts, version: kubernetes.version };
    const created: pulumi.Resource[] = [];
    if (peerAuthentication) {
        const peers = `${name}-peer-authentication`;
        created.push(new security.v1.PeerAuthentication(peers, peerAuthentication, istio));
    }
    if (authorizationPolicy) {
        const callers = `${name}-authorization-policy`;
        created.push(new security.v1.AuthorizationPolicy(callers, authorizationPolicy, istio));
    }
    return created;
}

/** Logs the share that the weight reaches in mode replicas; a warning if there are too few pods for it. */
function logShare(plan: Plan, rollout: pulumi.Resource): void {
    const share = shareText(plan);
    if (share === undefined) return;
    void (share.coarse ? pulumi.log.warn : pulumi.log.info)(share.text, rollout);
}
