/** Rule: a version has enough pods for its weight. */

import { at, textOf, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import {
    type Destination,
    effectiveWeight,
    isHttpRoute,
    routesOf,
    SPLIT_KINDS,
    splittingRoutes,
} from "../lookup/routes";
import { behind, podsOfService, SUBSET_KINDS } from "../lookup/subsets";
import { workloadsIn } from "../lookup/workloads";
import type { Finding, Manifest, ProgramRule } from "../rule";

interface Share {
    readonly workload: Manifest;
    /** "subset v2" or "Service web-v2". */
    readonly name: string;
    readonly weight: number;
    readonly replicas: unknown;
}

export const weightReplicas: ProgramRule = {
    scope: "program",
    id: "weight-replicas",
    group: "weights",
    description:
        "A pod should not receive many times the requests that one pod received before the weight rose.",
    severity: "advisory",
    kinds: [...SPLIT_KINDS, ...SUBSET_KINDS],
    options: {
        times: {
            type: "integer",
            minimum: 1,
            description:
                "Largest load of a pod, as a multiple of the load per pod if the largest version received every request.",
            default: 2,
        },
    },
    check(manifests, { times }) {
        return splittingRoutes(manifests).flatMap((route) =>
            routesOf(route).flatMap(({ destinations }) => {
                if (destinations === UNKNOWN || destinations.length < 2) return [];
                const shares = destinations.flatMap((one) =>
                    shareOf(one, destinations.length, route, manifests),
                );
                return judge(mergeShares(shares), Number(times));
            }),
        );
    },
};

/** Several destinations of a route may name one subset. */
function mergeShares(shares: readonly Share[]): Share[] {
    const byWorkload = new Map<Manifest, Share>();
    for (const share of shares) {
        const before = byWorkload.get(share.workload)?.weight ?? 0;
        byWorkload.set(share.workload, { ...share, weight: before + share.weight });
    }
    return [...byWorkload.values()];
}

function judge(shares: readonly Share[], times: number): Finding[] {
    const counts = shares.map(({ replicas }) => replicas);
    const most = Math.max(0, ...counts.filter((one): one is number => typeof one === "number"));
    return shares.flatMap(({ workload, name, weight, replicas }) => {
        // An autoscaler sets an absent number. weight-capacity reports 0 replicas.
        if (replicas === undefined || replicas === 0 || weight === 0) return [];
        const least = Math.ceil(((weight / 100) * most) / times);
        const expected = `at least ${least} at weight ${weight}, because the largest version has ${most} pods`;
        const fix =
            "Add replicas before you raise the weight, or set `capacity` so that they follow it.";
        if (counts.includes(UNKNOWN)) {
            const enough = "enough replicas for the weight";
            return [findingAt(workload, "spec.replicas", UNKNOWN, enough, fix)];
        }
        // object-schema reports replicas that are not a number.
        if (typeof replicas !== "number" || replicas >= least) return [];
        const path = `spec.replicas of ${name}`;
        return [findingAt(workload, path, replicas, expected, fix)];
    });
}

function shareOf(
    destination: Destination,
    count: number,
    route: Manifest,
    manifests: readonly Manifest[],
): Share[] {
    const weight = effectiveWeight(destination, count);
    if (typeof weight !== "number") return [];
    const { host, subset } = destination;
    const [name, pods] = isHttpRoute(route)
        ? [`Service ${textOf(host).split(".")[0]}`, podsOfService(host, manifests)]
        : [`subset ${textOf(subset)}`, behind(destination, route, manifests)?.pods];
    return (pods?.found ?? []).map((workload) => ({
        workload,
        name,
        weight,
        // Argo Rollouts and Flagger set the replicas of the workloads that they control.
        replicas: workloadsIn(manifests).controlled.has(workload)
            ? undefined
            : at(workload, "spec", "replicas"),
    }));
}
