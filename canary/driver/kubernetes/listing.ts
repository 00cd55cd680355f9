/** Lists objects as manifests. */
import type { Manifest } from "../../../rollout/rules/rule";
import { isApiError, type Kubernetes, type Resource } from "./kubernetes";

/** @returns undefined if the role does not allow it. @throws Error if the API server does not answer. */
export async function unlessDenied<T>(list: () => Promise<T>): Promise<T | undefined> {
    try {
        return await list();
    } catch (error) {
        if (!isApiError(error, 403)) throw error;
        return undefined;
    }
}

/** Objects of one namespace, or of all; undefined if the role does not allow it. */
export function listManifests(
    cluster: Pick<Kubernetes, "list">,
    resource: Resource,
    kind: string,
    namespace?: string,
): Promise<Manifest[] | undefined> {
    const apiVersion = `${resource.group}/${resource.version}`;
    return unlessDenied(async () => {
        const found = await cluster.list(resource, namespace);
        return found.map((one) => typed(one, apiVersion, kind));
    });
}

/** The items of a list have no kind. */
export function typed(object: unknown, apiVersion: string, kind: string): Manifest {
    return { ...(object as object), apiVersion, kind };
}
