/** The ConfigMap and the Secret of a version: named for what they hold, so that other content is another object. */

import { contentHash } from "../../config/contentHash";
import { derived, type Leaf } from "../../config/deferred";
import type { Plan, Workload } from "../../plan/plan";
import { objectLabels } from "../labels";

/** Undefined where the version brings no config along. */
export function configMap(plan: Plan, workload: Workload) {
    const name = configMapName(workload);
    if (name === undefined) return undefined;
    return {
        apiVersion: "v1" as const,
        kind: "ConfigMap" as const,
        metadata: metadata(plan, workload, name),
        // Pods that have read it and pods that restart agree for ever.
        immutable: true,
        data: configData(workload),
    };
}

/** Undefined where the slot has no secrets. */
export function secret(plan: Plan, workload: Workload) {
    const name = secretName(workload);
    if (name === undefined) return undefined;
    return {
        apiVersion: "v1" as const,
        kind: "Secret" as const,
        metadata: metadata(plan, workload, name),
        immutable: true,
        stringData: workload.secrets,
    };
}

/** "web-v2-config-1f0c2a3b" */
export function configMapName(workload: Workload): Leaf<string> | undefined {
    return nameFor(`${workload.name}-config`, configData(workload));
}

/** "web-v2-secret-1f0c2a3b" */
export function secretName(workload: Workload): Leaf<string> | undefined {
    return nameFor(`${workload.name}-secret`, workload.secrets);
}

type Content = Readonly<Record<string, Leaf<string>>>;

function configData({ version: { config } }: Workload): Content {
    return { ...config?.env, ...config?.files };
}

/** Depends on the content, so that other content is another object; undefined for no content. */
function nameFor(prefix: string, content: Content): Leaf<string> | undefined {
    const sorted = Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1));
    if (sorted.length === 0) return undefined;
    return derived(sorted, (known) => `${prefix}-${contentHash(known)}`);
}

function metadata({ app, namespace }: Plan, { slot }: Workload, name: Leaf<string>) {
    return { name, namespace, labels: objectLabels(app, slot) };
}
