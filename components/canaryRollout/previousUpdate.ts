/** Reads the split and the pod templates of the previous update from the stack's state. */
import * as pulumi from "@pulumi/pulumi";
import { workloadName } from "../../rollout/config/names";
import type { Slot } from "../../rollout/config/slots";
import { type PreviousRollout, previousRolloutsIn } from "../../rollout/plan/previousRollouts";
import {
    type PreviousHost,
    type PreviousSplit,
    previousHostIn,
    previousSplitIn,
    type StackResources,
    wasAwaited,
} from "../../rollout/plan/previousSplit";
import { previousPodsIn, type WrittenPods } from "../../rollout/plan/slotChanges";

/** Caches the read, so that several rollouts in a stack share it. */
const reads = new WeakMap<object, Promise<StackResources>>();

/** The previous split and pod templates, if any, or the reason why they could not be read. */
export type PreviousUpdate =
    | {
          readonly split: PreviousSplit | undefined;
          readonly pods: WrittenPods | undefined;
          readonly host: PreviousHost;
          /** Whether the previous update waited for a slot's pods, and they became ready. */
          readonly awaited: Readonly<Record<Slot, boolean>>;
          /** All rollouts of the stack. */
          readonly rollouts: readonly PreviousRollout[];
          readonly unread?: undefined;
      }
    | {
          readonly split?: undefined;
          readonly host?: undefined;
          readonly awaited?: undefined;
          readonly rollouts?: undefined;
          readonly unread: string;
      };

/**
 * The previous update of an app, from the stack's state. Never rejects, because an unreadable state must not block an update,
 * least of all a rollback.
 */
export async function readPreviousUpdate(namespace: string, app: string): Promise<PreviousUpdate> {
    try {
        const resources = await stackResources();
        const awaited = (slot: Slot) => wasAwaited(resources, namespace, workloadName(app, slot));
        return {
            split: previousSplitIn(resources, namespace, app),
            pods: previousPodsIn(resources, namespace, app),
            host: previousHostIn(resources, namespace, app),
            awaited: { v1: awaited("v1"), v2: awaited("v2") },
            rollouts: previousRolloutsIn(resources),
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
    const result = await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
        stackName: ownStackName(),
    });
    return result.outputs ?? {};
}

/**
 * Engines such as 3.216 do not send the organization to a provider plugin. They read a name without one as a stack of the
 * current project: in the default organization, or in the only one of a self-managed backend.
 */
function ownStackName(): string {
    try {
        return [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
    } catch {
        return pulumi.getStack();
    }
}
