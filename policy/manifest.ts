/** A resource as the policy host hands it over, as the plain manifest that rules read. */
import { UnknownValueError } from "@pulumi/policy";
import { isType, TYPES } from "../rollout/config/names";
import { type Manifest, STEP_KIND, UNKNOWN } from "../rollout/rules";

/** The parts of a resource that make a manifest: those of ResourceValidationArgs and of PolicyResource. */
export interface PolicySubject {
    readonly type: string;
    readonly name: string;
    readonly props: Record<string, unknown>;
}

/** What a manifest begins with. */
export type Head = Pick<Manifest, "apiVersion" | "kind">;

/** The head of a resource of some type: a Kubernetes object's, or that of a CanaryRollout's step; undefined for anything else. */
export function headOf(type: string): Head | undefined {
    if (isType(TYPES.rollout, type)) {
        return { apiVersion: `${STEP_KIND.group}/v1`, kind: STEP_KIND.kind };
    }
    const [, group, kind] = /^kubernetes:([^:]+):([^:]+)$/.exec(type) ?? [];
    if (group === undefined || kind === undefined) return undefined;
    return { apiVersion: group.replace(/^core\//, ""), kind };
}

/**
 * The whole manifest of a resource, however it was made (typed class, CustomResource, YAML, Helm). Values that the preview
 * does not know become UNKNOWN: the host's proxy throws on touching one, which would switch the whole rule off.
 */
export function manifestOf({ type, props }: PolicySubject, head: Head): Manifest {
    if (isType(TYPES.rollout, type)) return { ...head, spec: plainField(props, "step") };
    const fields = Object.keys(props).map((key) => [key, plainField(props, key)]);
    return { ...Object.fromEntries(fields), ...head };
}

function plainField(object: Record<string, unknown>, key: string): unknown {
    try {
        return plain(object[key]);
    } catch (error) {
        if (error instanceof UnknownValueError) return UNKNOWN;
        throw error;
    }
}

function plain(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    const object = value as Record<string, unknown>;
    if (Array.isArray(value)) {
        return Array.from({ length: value.length }, (_, index) =>
            plainField(object, String(index)),
        );
    }
    return Object.fromEntries(Object.keys(object).map((key) => [key, plainField(object, key)]));
}
