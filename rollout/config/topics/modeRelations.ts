/** What a config may say in mode replicas: Istio's keys have no meaning there, and counts follow from the weight. */

import { type Problem, wrong } from "../problems";
import type { ConfigKey, RolloutConfig } from "../rolloutConfig";
import { DEFAULT_REPLICAS } from "../version/version";

/** Keys that plain Kubernetes can carry out. A key that is not among them is Istio's. */
const PLAIN: ReadonlySet<string> = new Set<ConfigKey>([
    "app",
    "namespace",
    "createNamespace",
    "port",
    "protocol",
    "versions",
    "secrets",
    "stable",
    "canary",
    "weight",
    "ladder",
    "drain",
    "mode",
    "totalReplicas",
    "exemptions",
]);

/**
 * What is wrong between the mode and other keys. A key counts as set when it is not its default: Pulumi fills in the
 * project's defaults, so that it cannot be seen who wrote them.
 * @param values the config as written; `config` the same as far as it is valid.
 */
export function modeRelations(
    values: Readonly<Record<string, unknown>>,
    config: Readonly<Partial<RolloutConfig>>,
    defaultOf: (key: ConfigKey) => unknown,
): Problem[] {
    const { mode, totalReplicas } = config;
    if (mode === undefined) return [];
    if (mode === "istio") {
        if (totalReplicas === undefined || totalReplicas === 0) return [];
        const must = "must be left out while mode is istio, where each version has its replicas";
        return [{ path: ["totalReplicas"], reason: wrong(must, totalReplicas) }];
    }
    const problems: Problem[] = [];
    // Fewer than two cannot be split.
    if (totalReplicas !== undefined && totalReplicas < 2) {
        const must =
            "must be an integer from 2 to 1000 while mode is replicas: the pods of both slots together";
        problems.push({ path: ["totalReplicas"], reason: wrong(must, totalReplicas) });
    }
    for (const [slot, version] of Object.entries(config.versions ?? {})) {
        const { replicas = DEFAULT_REPLICAS, autoscaling } = version ?? {};
        const counts = {
            replicas: replicas === DEFAULT_REPLICAS ? undefined : replicas,
            autoscaling,
        };
        for (const [key, found] of Object.entries(counts)) {
            if (found === undefined) continue;
            const must =
                "must be left out while mode is replicas, where the number of pods follows from totalReplicas and weight";
            problems.push({ path: ["versions", slot, key], reason: wrong(must, found) });
        }
    }
    for (const key of Object.keys(config) as ConfigKey[]) {
        if (PLAIN.has(key) || same(config[key], defaultOf(key))) continue;
        const must =
            "must be left out while mode is replicas, where there is no Istio to carry it out";
        problems.push({ path: [key], reason: wrong(must, values[key]) });
    }
    return problems;
}

function same(a: unknown, b: unknown): boolean {
    return JSON.stringify(a) === JSON.stringify(b);
}
