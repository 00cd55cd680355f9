/** The plan of one update: the share of each slot, its pods, and what the update waits for. */

import type { Leaf } from "../config/deferred";
import { parseDuration } from "../config/duration";
import { serviceHost, workloadName } from "../config/names";
import type { RolloutConfig } from "../config/rolloutConfig";
import { SLOTS, type Slot } from "../config/slots";
import type { Mode } from "../config/topics/mode";
import { isOwn, type OwnVersion } from "../config/version/version";
import { subsetLabels, type WorkloadRefConfig } from "../config/version/workloadRef";
import { type Principals, principalsOf, referencedPrincipals } from "./principals";
import { reachedShare, replicaSplit } from "./replicaSplit";
import { replicasAt } from "./replicas";
import { type CanaryShare, type Shares, sharesOf } from "./shares";

/** A version slot whose pods the rollout creates. */
export interface Workload {
    readonly slot: Slot;
    /** Name of the Deployment and the ServiceAccount: `web-v1`. */
    readonly name: string;
    readonly version: OwnVersion;
    /** Replicas of the Deployment at this weight. With an autoscaler, the initial number. */
    readonly replicas: number;
    /** Secret environment variables. */
    readonly secrets: Readonly<Record<string, Leaf<string>>>;
    /** The update does not wait until the pods are ready. */
    readonly skipAwait: boolean;
    /** If the update waits for ready pods: the timeout in whole seconds. */
    readonly readySeconds: number;
}

/** A version slot whose pods somebody else manages. */
export interface Reference extends WorkloadRefConfig {
    readonly slot: Slot;
    readonly labels: Readonly<Record<string, string>>;
}

export interface Plan {
    readonly app: string;
    readonly namespace: string;
    /** The Service's fully qualified name. */
    readonly host: string;
    /** The identity of each slot, even if the slot has no version. */
    readonly principals: Principals;
    readonly stable: Slot;
    readonly canary: Slot;
    readonly mode: Mode;
    /** Shares as requested by the weight. */
    readonly shares: Shares;
    /** Percentage of requests that the canary gets: requested, and reachable with the number of pods in mode replicas. */
    readonly share: CanaryShare;
    readonly workloads: readonly Workload[];
    /** Slots whose pods somebody else manages. */
    readonly references: readonly Reference[];
    /** The labels of each slot's pods that its subset selects. */
    readonly subsets: Readonly<Record<Slot, Readonly<Record<string, string>>>>;
    /** Slot that must have ready pods before the route changes. Undefined at weight 0, so that a rollback waits for nothing. */
    readonly routeWaitsFor: Slot | undefined;
    /** Whether the number of stable pods falls as the weight rises. */
    readonly stableFollows: boolean;
    /** Whole seconds that a pod keeps serving after Kubernetes starts to terminate it. */
    readonly drainSeconds: number;
}

/** The plan of a validated config. */
export function planOf(config: RolloutConfig): Plan {
    const { app, namespace, stable, canary, weight, totalReplicas } = config;
    const split = config.mode === "replicas" ? replicaSplit(weight, totalReplicas) : undefined;
    const refOf = (slot: Slot) => config.versions[slot]?.workloadRef;
    const labelsOf = (slot: Slot) => subsetLabels(app, slot, refOf(slot));
    return {
        app,
        namespace,
        host: serviceHost(app, namespace, config.clusterDomain),
        principals: { ...principalsOf(config), ...referencedPrincipals(config) },
        stable,
        canary,
        mode: config.mode,
        shares: sharesOf(stable, weight),
        share: { asked: weight, reachable: split ? reachedShare(split) : weight },
        workloads: SLOTS.flatMap((slot) => {
            const version = config.versions[slot];
            return version !== undefined && isOwn(version) ? [workload(config, slot, version)] : [];
        }),
        references: SLOTS.flatMap((slot) => {
            const ref = refOf(slot);
            return ref === undefined ? [] : [{ ...ref, slot, labels: labelsOf(slot) }];
        }),
        subsets: { v1: labelsOf("v1"), v2: labelsOf("v2") },
        routeWaitsFor: weight > 0 ? canary : undefined,
        stableFollows: config.capacity.stable === "proportional",
        drainSeconds: secondsOf(config.drain),
    };
}

function workload(config: RolloutConfig, slot: Slot, version: OwnVersion): Workload {
    return {
        slot,
        name: workloadName(config.app, slot),
        version,
        replicas: replicasAt(config, config.weight)[slot],
        secrets: config.secrets[slot] ?? {},
        skipAwait: slot === config.canary && config.weight === 0,
        readySeconds: secondsOf(version.readyTimeout),
    };
}

function secondsOf(duration: string): number {
    return (parseDuration(duration) ?? 0) / 1_000;
}
