/** The ConfigMap and the Secret of a version. Their names contain a content hash, so that changed content is a new object. */

import { contentHash } from "../../config/contentHash";
import { derived, type Leaf } from "../../config/deferred";
import type { Plan, Workload } from "../../plan/plan";
import { objectLabels } from "../labels";

/** Undefined if the version has no `config`. */
export function configMap(plan: Plan, workload: Workload) {
    const name = configMapName(workload);
    if (name === undefined) return undefined;
    return {
        apiVersion: "v1" as const,
        kind: "ConfigMap" as const,
        metadata: metadata(plan, workload, name),
        // Running and restarted pods must read the same content.
        immutable: true,
        data: configData(workload),
    };
}

/** Undefined if the slot has no secrets. */
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

/** The prefix with a content hash; undefined if there is no content. */
function nameFor(prefix: string, content: Content): Leaf<string> | undefined {
    const sorted = Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1));
    if (sorted.length === 0) return undefined;
    return derived(sorted, (known) => `${prefix}-${contentHash(known)}`);
}

function metadata({ app, namespace }: Plan, { slot }: Workload, name: Leaf<string>) {
    return { name, namespace, labels: objectLabels(app, slot) };
}
