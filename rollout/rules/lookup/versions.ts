/** Workloads between which a route splits the requests of an app. */

import { UNKNOWN } from "../../config/unknown";
import { oncePerProgram } from "../ofKinds";
import type { Manifest } from "../rule";
import { fullHost, namespaceOf, resourceName } from "./resourceName";
import { routesOf, SPLIT_KINDS, splittingRoutes } from "./routes";
import { behind, podsOfService, SUBSET_KINDS } from "./subsets";

/** A destination of a route with several destinations, and its workloads. */
export interface Version {
    /** "subset v2" or the host. */
    readonly name: string;
    readonly workloads: readonly Manifest[];
}

/** The versions of each route with several destinations. Each combination of workloads occurs once. */
export const versionsIn = oncePerProgram([...SPLIT_KINDS, ...SUBSET_KINDS], findVersions);

function findVersions(manifests: readonly Manifest[]): readonly (readonly Version[])[] {
    const splits = new Map<string, Version[]>();
    for (const route of splittingRoutes(manifests)) {
        for (const { destinations } of routesOf(route)) {
            if (destinations === UNKNOWN || destinations.length < 2) continue;
            const versions = new Map<string, Version>();
            for (const one of destinations) {
                const version = versionOf(one, route, manifests);
                if (version !== undefined) versions.set(version.name, version);
            }
            const list = [...versions.values()];
            const names = list.map(({ workloads }) => workloads.map(resourceName).sort().join());
            const key = names.sort().join(";");
            if (list.length > 1 && !splits.has(key)) splits.set(key, list);
        }
    }
    return [...splits.values()];
}

function versionOf(
    { host, subset }: { readonly host: unknown; readonly subset: unknown },
    route: Manifest,
    manifests: readonly Manifest[],
): Version | undefined {
    if (typeof host !== "string") return undefined;
    const name = fullHost(host, namespaceOf(route));
    if (typeof subset === "string") {
        const pods = behind({ host, subset }, route, manifests)?.pods.found ?? [];
        return { name: `${name} ${subset}`, workloads: pods };
    }
    const pods = podsOfService(name, manifests);
    return pods && { name, workloads: pods.found };
}
