/** The rollouts of the stack's previous update. */
import { isType, TYPES } from "../config/names";
import { SLOTS } from "../config/slots";
import { at, textAt } from "../config/unknown";
import type { StackResources } from "./previousSplit";
import type { Shares } from "./shares";

export interface PreviousRollout {
    readonly urn: string;
    /** "demo/web" */
    readonly route: string;
    readonly shares: Shares;
}

/** All rollouts in the state, except those that were registered but never completed. */
export function previousRolloutsIn(resources: StackResources): PreviousRollout[] {
    return Object.entries(resources).flatMap(([urn, { type, outputs }]) => {
        const route = textAt(outputs, "step", "route");
        if (!isType(TYPES.rollout, type) || route === undefined) return [];
        const [v1, v2] = SLOTS.map((slot) => Number(at(outputs, "shares", slot) ?? 0));
        return [{ urn, route, shares: { v1: v1 ?? 0, v2: v2 ?? 0 } }];
    });
}
