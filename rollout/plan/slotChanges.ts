/** What an update would change about the pods of a slot, against what the last update asked for. */

import { contentHash } from "../config/contentHash";
import { isType, TYPES } from "../config/names";
import { SLOTS, type Slot } from "../config/topics/roles";
import { at } from "../config/unknown";
import type { StackResources } from "./previousSplit";

/**
 * Increases with each release in which the same config makes another pod template. The rule slot-in-use then attributes the
 * difference to the upgrade, once, and not to the user.
 */
export const TEMPLATE_GENERATION = 3;

/** One field of a pod template that an update would change. */
export interface FieldChange {
    /** "spec.containers[0].image" */
    readonly path: string;
    /** As the last update wrote it; absent where the field is new. */
    readonly before?: unknown;
    /** As this update would; absent where the field goes away. */
    readonly after?: unknown;
}

/** The pod templates of an update, as CanaryRollout keeps them among its outputs for the next one. */
export interface WrittenPods {
    readonly generation: number;
    readonly templates: Readonly<Partial<Record<Slot, unknown>>>;
}

/**
 * What the last update of the rollout `namespace`/`app` wrote; undefined when there was none. Kept by ourselves and not
 * read from the Deployment: there Kubernetes, the provider and a program's own transforms have all had their hands on it.
 */
export function lastPodsIn(
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
 * What an update changes about a slot's pods, or why that cannot be told: after an upgrade the same config may make
 * another template, and nobody is refused what they did not ask for.
 */
export function slotChanges(
    last: WrittenPods | undefined,
    slot: Slot,
    template: unknown,
): FieldChange[] | string {
    const before = last?.templates[slot];
    if (last === undefined || before === undefined) return [];
    if (last.generation === TEMPLATE_GENERATION) {
        // With another mode sidecars come or go, which is what the mode asks for.
        return hasSidecar(before) === hasSidecar(template)
            ? changesBetween(before, template)
            : changesBetween(withoutMetadata(before), withoutMetadata(template));
    }
    return "The last update was another release of istio-canary, which writes pods otherwise: look at this Deployment in the preview. Pods that change are replaced one by one.";
}

function hasSidecar(template: unknown): boolean {
    return at(template, "metadata", "labels", "sidecar.istio.io/inject") !== undefined;
}

function withoutMetadata(template: unknown): unknown {
    return { spec: at(template, "spec") };
}

/** Stands in a kept template for a value of another resource. */
interface HashedLeaf {
    readonly $hash: string;
}

export function hashedLeaf(value: unknown): HashedLeaf {
    return { $hash: contentHash(value) };
}

function isHashed(value: unknown): value is HashedLeaf {
    return isMapping(value) && typeof value.$hash === "string";
}

/** Whether two leaves are the same, also if one of them is kept as a hash. */
function isSameLeaf(before: unknown, after: unknown): boolean {
    if (!isHashed(before) && !isHashed(after)) {
        return JSON.stringify(before) === JSON.stringify(after);
    }
    const hashOf = (value: unknown) => (isHashed(value) ? value : hashedLeaf(value)).$hash;
    return before !== undefined && after !== undefined && hashOf(before) === hashOf(after);
}

/** Every field that differs, from the top down, each item of a list too. */
export function changesBetween(before: unknown, after: unknown, path = ""): FieldChange[] {
    if (isHashed(before) || isHashed(after)) {
        return isSameLeaf(before, after) ? [] : [changed(path, before, after)];
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
    return isSameLeaf(before, after) ? [] : [changed(path, before, after)];
}

function changed(path: string, before: unknown, after: unknown): FieldChange {
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

function isMapping(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
