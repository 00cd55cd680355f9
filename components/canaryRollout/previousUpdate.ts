/** Asks the engine for the split and the pods that the previous update left. */
import * as pulumi from "@pulumi/pulumi";
import { workloadName } from "../../rollout/config/names";
import type { Slot } from "../../rollout/config/topics/roles";
import {
    type LastRoute,
    lastRouteIn,
    type StackResources,
    wasAwaited,
} from "../../rollout/plan/previousSplit";
import { lastPodsIn, type WrittenPods } from "../../rollout/plan/slotChanges";

/** One read per update, however many rollouts the stack has. */
const reads = new WeakMap<object, Promise<StackResources>>();

/** The previous split and pods, if there are any yet, or why they could not be read. */
export type PreviousUpdate =
    | {
          readonly split: LastRoute | undefined;
          readonly pods: WrittenPods | undefined;
          /** Whether the previous update waited for a slot's pods, and they became ready. */
          readonly awaited: Readonly<Record<Slot, boolean>>;
      }
    | { readonly split?: undefined; readonly awaited?: undefined; readonly unread: string };

/**
 * What the state of the stack says about an app's previous update. Never rejects: an unreadable state must not stop an
 * update, least of all a rollback.
 */
export async function readPreviousUpdate(namespace: string, app: string): Promise<PreviousUpdate> {
    try {
        const resources = await stackResources();
        const awaited = (slot: Slot) => wasAwaited(resources, namespace, workloadName(app, slot));
        return {
            split: lastRouteIn(resources, namespace, app),
            pods: lastPodsIn(resources, namespace, app),
            awaited: { v1: awaited("v1"), v2: awaited("v2") },
        };
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { unread: `The previous update's weights could not be read: ${reason}.` };
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
