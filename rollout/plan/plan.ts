/** What a config means for one update: which slot gets which share, and what waits for what. */

import type { Leaf } from "../config/deferred";
import { parseDuration } from "../config/duration";
import { serviceHost, workloadName } from "../config/names";
import type { RolloutConfig } from "../config/rolloutConfig";
import type { Mode } from "../config/topics/mode";
import { SLOTS, type Slot } from "../config/topics/roles";
import type { VersionConfig } from "../config/version/version";
import { type Principals, principalsOf } from "./principals";
import { reachedShare, replicaSplit } from "./replicaSplit";
import { replicasAt } from "./replicas";

/** Percentage of requests per slot; always adds up to 100. */
export type Shares = Readonly<Record<Slot, number>>;

/** One version slot that runs. */
export interface Workload {
    readonly slot: Slot;
    /** Name of its Deployment and ServiceAccount: `web-v1`. */
    readonly name: string;
    readonly version: VersionConfig;
    /** Pods of its Deployment at this weight; where there is an autoscaler, those of the first moment. */
    readonly replicas: number;
    /** Variables that nobody is to read. */
    readonly secrets: Readonly<Record<string, Leaf<string>>>;
    /** The update goes on without waiting until the pods are ready. */
    readonly skipAwait: boolean;
    /** Whole seconds that the update waits for ready pods when it does wait. */
    readonly readySeconds: number;
}

export interface Plan {
    readonly app: string;
    readonly namespace: string;
    /** The Service's full name, which means the same from every namespace. */
    readonly host: string;
    /** The identity of each slot, whether it runs or not. */
    readonly principals: Principals;
    readonly stable: Slot;
    readonly canary: Slot;
    readonly mode: Mode;
    /** As asked for, by weight. */
    readonly shares: Shares;
    /** Percentage of requests that the canary gets: as asked for, and as the pods can make it in mode replicas. */
    readonly share: { readonly asked: number; readonly reachable: number };
    readonly workloads: readonly Workload[];
    /** Slot whose ready pods the new route waits for; at weight 0 none, so that a rollback waits for nothing. */
    readonly routeWaitsFor: Slot | undefined;
    /** Whether the stable has fewer pods the more the canary has. */
    readonly stableFollows: boolean;
    /** Whole seconds between a pod's removal from the endpoints and its end. */
    readonly drainSeconds: number;
}

/** The plan of a checked config. */
export function planOf(config: RolloutConfig): Plan {
    const { app, namespace, stable, canary, weight, totalReplicas } = config;
    const split = config.mode === "replicas" ? replicaSplit(weight, totalReplicas) : undefined;
    return {
        app,
        namespace,
        host: serviceHost(app, namespace),
        principals: principalsOf(config),
        stable,
        canary,
        mode: config.mode,
        shares: sharesOf(stable, weight),
        share: { asked: weight, reachable: split ? reachedShare(split) : weight },
        workloads: SLOTS.flatMap((slot) => {
            const version = config.versions[slot];
            return version === undefined ? [] : [workload(config, slot, version)];
        }),
        routeWaitsFor: weight > 0 ? canary : undefined,
        stableFollows: config.capacity.stable === "proportional",
        drainSeconds: seconds(config.drain),
    };
}

/** The shares of both slots when the canary has `weight`. */
export function sharesOf(stable: Slot, weight: number): Shares {
    return stable === "v1" ? { v1: 100 - weight, v2: weight } : { v1: weight, v2: 100 - weight };
}

function workload(config: RolloutConfig, slot: Slot, version: VersionConfig): Workload {
    return {
        slot,
        name: workloadName(config.app, slot),
        version,
        replicas: replicasAt(config, config.weight)[slot],
        secrets: config.secrets[slot] ?? {},
        skipAwait: slot === config.canary && config.weight === 0,
        readySeconds: seconds(version.readyTimeout),
    };
}

function seconds(duration: string): number {
    return (parseDuration(duration) ?? 0) / 1_000;
}
