/** The kinds whose schemas are known. Each file is loaded when a kind of its API groups occurs. */
import type { Manifest } from "../rule";
import type { Schema, SchemaFile } from "./schema";

const ISTIO = [
    "extensions.istio.io",
    "networking.istio.io",
    "security.istio.io",
    "telemetry.istio.io",
];
const GATEWAY_API = ["gateway.networking.k8s.io", "gateway.networking.x-k8s.io"];
const KUBERNETES = [
    "",
    "apps",
    "autoscaling",
    "batch",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
];
/** The API groups whose kinds are all known. */
export const GROUPS: readonly string[] = [...ISTIO, ...GATEWAY_API, ...KUBERNETES];

const files = new Map<string, SchemaFile | undefined>();

/** @returns undefined for an API group that is not known. */
export function fileOf(group: string): SchemaFile | undefined {
    if (!files.has(group)) files.set(group, load(group));
    return files.get(group);
}

function load(group: string): SchemaFile | undefined {
    // The paths are literals, so that bundlers find the files.
    if (ISTIO.includes(group)) return require("./data/istio.json");
    if (GATEWAY_API.includes(group)) return require("./data/gatewayApi.json");
    if (KUBERNETES.includes(group)) return require("./data/kubernetes.json");
    return undefined;
}

/** Parts of "networking.istio.io/v1"; the core group is "". */
export function groupAndVersion(apiVersion: string): [group: string, version: string] {
    const parts = apiVersion.split("/");
    return parts.length === 1 ? ["", apiVersion] : [parts[0] ?? "", parts.slice(1).join("/")];
}

/** The schemas of each version of a kind. Empty for a kind without schema; undefined for an unknown kind. */
export function versionsOf(
    group: string,
    kind: string,
): Readonly<Record<string, number>> | undefined {
    const kinds = fileOf(group)?.kinds ?? {};
    const name = group === "" ? kind : `${group}/${kind}`;
    return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}

/** Names of the kinds of an API group. */
export function kindsOf(group: string): string[] {
    return Object.keys(fileOf(group)?.kinds ?? {})
        .filter((name) => (name.includes("/") ? name.split("/")[0] : "") === group)
        .map((name) => name.split("/").at(-1) ?? name);
}

export interface KnownSchema {
    readonly file: SchemaFile;
    readonly root: Schema;
    /** A kind of Kubernetes itself, whose fields Go decodes: null is the same as absent. */
    readonly isBuiltIn: boolean;
}

/** The schema of an object. Undefined if its kind or version is not known. */
export function schemaOf({ apiVersion, kind }: Manifest): KnownSchema | undefined {
    if (typeof apiVersion !== "string" || typeof kind !== "string") return undefined;
    const [group, version] = groupAndVersion(apiVersion);
    const file = fileOf(group);
    const index = versionsOf(group, kind)?.[version];
    const root = index === undefined ? undefined : file?.schemas[index];
    return file && root && { file, root, isBuiltIn: KUBERNETES.includes(group) };
}
