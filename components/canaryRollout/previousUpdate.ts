/** Asks the engine for the route and the pods that the last update left behind. */
import * as pulumi from "@pulumi/pulumi";
import type { Slot } from "../../rollout/config/rolloutConfig";
import {
    type LastRoute,
    lastRouteIn,
    type StackResources,
    wasAwaited,
} from "../../rollout/plan/previousSplit";
import { lastPodsIn, type WrittenPods } from "../../rollout/plan/slotChanges";

/** One read per update, however many rollouts the stack has. */
const reads = new WeakMap<object, Promise<StackResources>>();

/** The last route and pods, as far as there are any yet, or why they could not be read. */
export type LastRead =
    | {
          readonly route: LastRoute | undefined;
          readonly pods: WrittenPods | undefined;
          /** Whether the last update awaited a slot's pods, and they got ready. */
          readonly awaited: Readonly<Record<Slot, boolean>>;
      }
    | { readonly route?: undefined; readonly awaited?: undefined; readonly unread: string };

/**
 * The last route of an app and its pods, in the state of the stack that is being updated. Never rejects: that the state
 * cannot be read must not stop an update, least of all a rollback.
 */
export async function readLastRoute(namespace: string, app: string): Promise<LastRead> {
    try {
        const resources = await stackResources();
        return {
            route: lastRouteIn(resources, namespace, app),
            pods: lastPodsIn(resources, namespace, app),
            awaited: {
                v1: wasAwaited(resources, namespace, `${app}-v1`),
                v2: wasAwaited(resources, namespace, `${app}-v2`),
            },
        };
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
