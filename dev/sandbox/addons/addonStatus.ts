// Health of the addons: CoreDNS, istiod and the ingress gateway.

import { clusterFiles, type Layout } from "../layout";
import { apiGet } from "../processes/apiClient";
import type { DaemonStatus } from "../processes/daemon";

/** Deployments that `up` waits for. */
export interface Addon {
    readonly name: string;
    readonly namespace: string;
}
export const corednsAddon: Addon = { name: "coredns", namespace: "kube-system" };
export const istiodAddon: Addon = { name: "istiod", namespace: "istio-system" };
export const ingressAddon: Addon = { name: "istio-ingressgateway", namespace: "istio-system" };
export const addons: readonly Addon[] = [corednsAddon, istiodAddon, ingressAddon];

export function addonStatuses(layout: Layout): Promise<DaemonStatus[]> {
    return Promise.all(
        addons.map(async (addon): Promise<DaemonStatus> => {
            const about = { name: addon.name, address: `namespace ${addon.namespace}` };
            const reason = await addonNotReady(layout, addon).catch((e: Error) => e.message);
            return reason === undefined
                ? { ...about, state: "healthy" }
                : { ...about, state: "unhealthy", reason };
        }),
    );
}

/** Why the addon is not ready, with what its pods wait for; undefined if it is. @throws Error if the API server does not answer. */
export async function addonNotReady(
    layout: Layout,
    { name, namespace }: Addon,
): Promise<string | undefined> {
    const { hostKubeconfig } = clusterFiles(layout);
    const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const reason = deploymentNotReady(await apiGet(hostKubeconfig, `${deployments}/${name}`));
    if (reason === undefined) {
        return undefined;
    }
    const { items } = await apiGet(hostKubeconfig, `/api/v1/namespaces/${namespace}/pods`);
    const waiting = items.map(podReason).filter((each: string) => each !== "");
    return [reason, ...waiting].join("; ");
}

interface Deployment {
    metadata: { generation: number };
    spec: { replicas?: number };
    status: {
        observedGeneration?: number;
        availableReplicas?: number;
        updatedReplicas?: number;
    };
}

/** "0 of 1 pods available"; undefined if all pods of the latest generation are available. */
export function deploymentNotReady({ metadata, spec, status }: Deployment): string | undefined {
    const replicas = spec.replicas ?? 1;
    const available = Math.min(status.availableReplicas ?? 0, status.updatedReplicas ?? 0);
    return status.observedGeneration === metadata.generation && available >= replicas
        ? undefined
        : `${available} of ${replicas} pods available`;
}

interface Pod {
    metadata: { name: string };
    status: {
        phase: string;
        containerStatuses?: { ready: boolean; state: { waiting?: { reason: string } } }[];
    };
}

/** "istiod-7bf577f9f-bgmss ContainerCreating"; empty if all containers are ready. */
export function podReason({ metadata, status }: Pod): string {
    const containers = status.containerStatuses ?? [];
    const waiting = containers.find(({ state }) => state.waiting)?.state.waiting;
    const ready = containers.length > 0 && containers.every((container) => container.ready);
    return ready ? "" : `${metadata.name} ${waiting?.reason ?? status.phase}`;
}
