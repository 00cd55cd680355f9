/** A resource as Pulumi's engine sends it, as the plain manifest that rules read. */
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type Manifest, STEP_KIND, UNKNOWN } from "../rollout/rules";

const ROLLOUT_TYPE = "rollout:index:CanaryRollout";

/** What a manifest begins with. */
export type Head = Pick<Manifest, "apiVersion" | "kind">;

/** The head of a resource of some type: a Kubernetes object's, or that of a CanaryRollout's step; undefined for anything else. */
export function headOf(type: string): Head | undefined {
    if (type === ROLLOUT_TYPE) {
        return { apiVersion: `${STEP_KIND.group}/v1`, kind: STEP_KIND.kind };
    }
    const [, group, kind] = /^kubernetes:([^:]+):([^:]+)$/.exec(type) ?? [];
    if (group === undefined || kind === undefined) return undefined;
    return { apiVersion: group.replace(/^core\//, ""), kind };
}

/**
 * The whole manifest of a resource, however it was made (typed class, CustomResource, YAML, Helm). Values that the preview
 * does not know become UNKNOWN, secret ones are as they are.
 */
export function manifestOf(type: string, properties: Struct, head: Head): Manifest {
    const fields = plain(properties.toJavaScript()) as Record<string, unknown>;
    return type === ROLLOUT_TYPE ? { ...head, spec: fields.step } : { ...fields, ...head };
}

/** How the engine writes a value of each type that it does not know: sdk/go/common/resource/plugin/rpc.go. */
const UNKNOWN_VALUES = new Set<unknown>([
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** And a secret: sdk/go/common/resource/sig/sig.go. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

function plain(value: unknown): unknown {
    if (UNKNOWN_VALUES.has(value)) return UNKNOWN;
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(plain);
    const object = value as Record<string, unknown>;
    if (object[SIGNATURE] === SECRET) return plain(object.value);
    return Object.fromEntries(Object.entries(object).map(([key, inner]) => [key, plain(inner)]));
}
