/** What the driver knows about a CanaryRollout, from the outputs of its last update. */
import type { Slot } from "../../../rollout/config/slots";
import type { ReferencedWorkloads } from "../counts/referencedWorkloads";

export interface RolloutTarget {
    readonly urn: string;
    /** The component's name in the program. */
    readonly name: string;
    readonly app: string;
    readonly namespace: string;
    /** Fully qualified name of the Service. */
    readonly host?: string;
    /** Port of the Service. */
    readonly port: number;
    /** Further ports that the weight splits, and whose protocol has requests. */
    readonly otherPorts?: readonly number[];
    readonly protocol: string;
    /** `gateway-api` if the route is an HTTPRoute. Default: a VirtualService. */
    readonly routing?: string;
    readonly mode: string;
    readonly stable: Slot;
    readonly canary: Slot;
    /** The canary's weight after the last update. */
    readonly weight: number;
    readonly ladder: readonly number[];
    /** Images of the deployed slots whose pods the rollout creates. */
    readonly images: Readonly<Partial<Record<Slot, string>>>;
    /** Versions whose pods somebody else manages. */
    readonly workloads?: ReferencedWorkloads;
    /** Who sets the number of pods of a slot with `autoscaling`: the rollout's autoscaler, or another. */
    readonly autoscaling?: Readonly<Partial<Record<Slot, "own" | "external">>>;
    /** The config key that holds the weight: "shop:weight". Undefined if the program itself sets the weight. */
    readonly weightKey?: string;
    /** What ids of this rollout's journals begin with; unique in the stack. */
    readonly idPrefix: string;
}
