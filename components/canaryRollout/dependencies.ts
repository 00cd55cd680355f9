/** What a resource waits for. */
import type * as pulumi from "@pulumi/pulumi";

/**
 * Resolves when the engine has finished a resource, but adds no dependency on it: `pulumi destroy` must delete the route before
 * the pods, in whatever order the last update created them.
 */
export async function finished(resource: pulumi.Resource | undefined): Promise<void> {
    await new Promise<void>((resolve) =>
        resource ? resource.urn.apply(() => resolve()) : resolve(),
    );
}

/** The known dependencies and the promised ones. */
export async function withPromised(
    known: pulumi.Resource[],
    promised: Promise<pulumi.Resource[]> | undefined,
): Promise<pulumi.Resource[]> {
    return [...known, ...((await promised) ?? [])];
}
