/** Converts resources from the policy host to plain manifests for the rules. */
import { UnknownValueError } from "@pulumi/policy";
import { isType, TYPES } from "../rollout/config/names";
import { isMapping } from "../rollout/config/unknown";
import { type Manifest, STEP_KIND, UNKNOWN } from "../rollout/rules";

/** The common fields of ResourceValidationArgs and PolicyResource that a manifest needs. */
export interface PolicySubject {
    readonly type: string;
    readonly name: string;
    readonly props: Record<string, unknown>;
    /** The resource's options, of which only the ignored fields matter. */
    readonly opts?: { readonly ignoreChanges?: readonly string[] };
}

/** The type of a manifest. */
export type Head = Pick<Manifest, "apiVersion" | "kind">;

/** The head for a resource type: that of a Kubernetes object or of a CanaryRollout's step. Undefined for other types. */
export function headOf(type: string): Head | undefined {
    if (isType(TYPES.rollout, type)) {
        return { apiVersion: `${STEP_KIND.group}/v1`, kind: STEP_KIND.kind };
    }
    const [, group, kind] = /^kubernetes:([^:]+):([^:]+)$/.exec(type) ?? [];
    if (group === undefined || kind === undefined) return undefined;
    return { apiVersion: group.replace(/^core\//, ""), kind };
}

/**
 * The manifest of a resource, whether it comes from a typed class, a CustomResource, YAML or Helm. Values that are unknown in
 * preview become UNKNOWN, because the host's proxy throws when a rule reads them, which would disable the whole rule.
 */
export function manifestOf({ type, props, opts }: PolicySubject, head: Head): Manifest {
    if (isType(TYPES.rollout, type)) return { ...head, spec: toPlainField(props, "step") };
    const fields = Object.keys(props).map((key) => [key, toPlainField(props, key)]);
    const manifest = { ...Object.fromEntries(fields), ...head };
    return opts?.ignoreChanges?.includes("spec.replicas") ? withoutReplicas(manifest) : manifest;
}

/** An update does not write a field that it ignores: an autoscaler owns it. */
function withoutReplicas(manifest: Manifest): Manifest {
    if (!isMapping(manifest.spec)) return manifest;
    const { replicas: _, ...spec } = manifest.spec;
    return { ...manifest, spec };
}

function toPlainField(object: Record<string, unknown>, key: string): unknown {
    try {
        return toPlainData(object[key]);
    } catch (error) {
        if (error instanceof UnknownValueError) return UNKNOWN;
        throw error;
    }
}

function toPlainData(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    const object = value as Record<string, unknown>;
    if (Array.isArray(value)) {
        return Array.from({ length: value.length }, (_, index) =>
            toPlainField(object, String(index)),
        );
    }
    return Object.fromEntries(Object.keys(object).map((key) => [key, toPlainField(object, key)]));
}
