/** Asks the engine for the route that the last update left behind. */
import * as pulumi from "@pulumi/pulumi";
import { type LastRoute, lastRouteIn, type StackResources } from "../rollout/lastRoute";

/** One read per update, however many rollouts the stack has. */
const reads = new WeakMap<object, Promise<StackResources>>();

/** The last route, "none" when there is none yet, or why it could not be read. */
export type LastRead =
    | { readonly route: LastRoute | undefined }
    | { readonly route?: undefined; readonly unread: string };

/**
 * The last route of a VirtualService in the state of the stack that is being updated. Never rejects: that the state
 * cannot be read must not stop an update, least of all a rollback.
 */
export async function readLastRoute(namespace: string, name: string): Promise<LastRead> {
    try {
        return { route: lastRouteIn(await stackResources(), namespace, name) };
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { unread: `The last update's weights could not be read: ${reason}.` };
    }
}

function stackResources(): Promise<StackResources> {
    const monitor = pulumi.runtime.getMonitor() ?? reads;
    const read = reads.get(monitor) ?? invokeRead();
    reads.set(monitor, read);
    return read;
}

async function invokeRead(): Promise<StackResources> {
    const stackName = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
    const result = await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
        stackName,
    });
    return result.outputs ?? {};
}
