/** Compares the pod templates of an update with those of the previous update. */

import { contentHash } from "../config/contentHash";
import { isType, TYPES } from "../config/names";
import { SLOTS, type Slot } from "../config/slots";
import { at, isMapping } from "../config/unknown";
import type { StackResources } from "./previousSplit";

/**
 * Increase this in each release that generates a different pod template from the same config. The rule slot-in-use then
 * attributes the difference to the upgrade instead of the user, for one update.
 */
export const TEMPLATE_GENERATION = 3;

/** A field of a pod template that an update would change. */
export interface FieldChange {
    /** "spec.containers[0].image" */
    readonly path: string;
    /** The value that the previous update wrote; absent if the field is new. */
    readonly before?: unknown;
    /** The value that this update would write; absent if it removes the field. */
    readonly after?: unknown;
}

/** The pod templates of an update, which CanaryRollout stores in its outputs for the next update. */
export interface WrittenPods {
    readonly generation: number;
    readonly templates: Readonly<Partial<Record<Slot, unknown>>>;
}

/**
 * The pod templates that the previous update of the rollout `namespace`/`app` wrote; undefined if there was none. Not read from
 * the Deployment, because Kubernetes, the provider and the program's transforms may have changed it.
 */
export function previousPodsIn(
    resources: StackResources,
    namespace: string,
    app: string,
): WrittenPods | undefined {
    const last = Object.values(resources).find(
        ({ type, outputs }) =>
            isType(TYPES.rollout, type) && at(outputs, "step", "route") === `${namespace}/${app}`,
    );
    const generation = at(last?.outputs, "pods", "generation");
    if (typeof generation !== "number") return undefined;
    const templates = SLOTS.map((slot) => [slot, at(last?.outputs, "pods", "templates", slot)]);
    return { generation, templates: Object.fromEntries(templates) };
}

/**
 * The changes that an update makes to a slot's pods, or the reason why they are unknown: after an upgrade, the same config may
 * generate a different template, and the rules must not reject a change that the user did not make.
 */
export function slotChanges(
    last: WrittenPods | undefined,
    slot: Slot,
    template: unknown,
): FieldChange[] | string {
    const before = last?.templates[slot];
    if (last === undefined || before === undefined) return [];
    if (last.generation === TEMPLATE_GENERATION) {
        // A change of mode adds or removes the sidecar, which is not a change that the user made to the slot.
        return hasSidecar(before) === hasSidecar(template)
            ? changesBetween(before, template)
            : changesBetween(withoutMetadata(before), withoutMetadata(template));
    }
    return "Another release of istio-canary ran the previous update and generates different pod templates: check this Deployment in the preview. Kubernetes replaces changed pods one by one.";
}

function hasSidecar(template: unknown): boolean {
    return at(template, "metadata", "labels", "sidecar.istio.io/inject") !== undefined;
}

function withoutMetadata(template: unknown): unknown {
    return { spec: at(template, "spec") };
}

/** Placeholder in a stored template for a value of another resource. */
interface HashedLeaf {
    readonly $hash: string;
}

export function hashedLeaf(value: unknown): HashedLeaf {
    return { $hash: contentHash(value) };
}

function isHashed(value: unknown): value is HashedLeaf {
    return isMapping(value) && typeof value.$hash === "string";
}

/** Whether two leaves are equal, even if one of them is stored as a hash. */
function isSameLeaf(before: unknown, after: unknown): boolean {
    if (!isHashed(before) && !isHashed(after)) {
        return JSON.stringify(before) === JSON.stringify(after);
    }
    const hashOf = (value: unknown) => (isHashed(value) ? value : hashedLeaf(value)).$hash;
    return before !== undefined && after !== undefined && hashOf(before) === hashOf(after);
}

/** All fields that differ, including individual list items. */
export function changesBetween(before: unknown, after: unknown, path = ""): FieldChange[] {
    if (isHashed(before) || isHashed(after)) {
        return isSameLeaf(before, after) ? [] : [fieldChange(path, before, after)];
    }
    if (isMapping(before) && isMapping(after)) {
        const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
        return keys.flatMap((key) => changesBetween(before[key], after[key], keyPath(path, key)));
    }
    if (Array.isArray(before) && Array.isArray(after)) {
        const longer = before.length > after.length ? before : after;
        return longer.flatMap((_, index) =>
            changesBetween(before[index], after[index], `${path}[${index}]`),
        );
    }
    return isSameLeaf(before, after) ? [] : [fieldChange(path, before, after)];
}

function fieldChange(path: string, before: unknown, after: unknown): FieldChange {
    return {
        path,
        ...(before !== undefined && { before }),
        ...(after !== undefined && { after }),
    };
}

function keyPath(path: string, key: string): string {
    if (!/^[\w-]+$/.test(key)) return `${path}["${key}"]`;
    return path === "" ? key : `${path}.${key}`;
}
