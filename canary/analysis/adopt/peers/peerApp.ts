/** An app that another tool rolls out, in the form of an app that nobody does: the input of `adopt`. */
import { namespaceOf } from "../../../../rollout/rules/lookup/resourceName";
import type { Manifest } from "../../../../rollout/rules/rule";
import type { PlanStep } from "../adoptPlan";
import type { AdoptFinding } from "../finding";
import { type LiveObjects, nameOf } from "../liveApp";
import type { FieldTable } from "../translate";

export interface PeerApp {
    readonly live: LiveObjects;
    readonly fields: FieldTable;
    readonly findings: readonly AdoptFinding[];
    /** Steps before and after those of any adoption. */
    readonly first: readonly PlanStep[];
    readonly last: readonly PlanStep[];
    /** Objects that these steps delete. */
    readonly deleted: readonly Manifest[];
    /** The object of the other tool, if the first step deletes it. */
    readonly removed?: Manifest;
}

/** Whether another tool is in the middle of a rollout, by the phase in its object's status. */
export function unfinished(phase: string | undefined, done: readonly string[]): string | undefined {
    if (phase === undefined || done.includes(phase)) return undefined;
    return `its phase is ${phase}. Adopt the app when no rollout is in progress: ${done.join(" or ")}`;
}

/** The command that deletes an object. */
export function deletion(object: Manifest): string {
    return `kubectl delete ${object.kind.toLowerCase()} ${nameOf(object)} -n ${namespaceOf(object)}`;
}
