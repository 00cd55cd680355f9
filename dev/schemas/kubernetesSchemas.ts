/** Schemas of Kubernetes' own kinds, from the OpenAPI in the Kubernetes module. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULTED, ENUMS, FREE_NAMES, LABEL_VALUE, NAME, PATH_SEGMENT } from "./coreFacts";
import type { OpenApi } from "./openapi";
import { SchemaTable } from "./schemaTable";

/** Kinds that a program around a Service has. Other kinds of these files are only named. */
const KINDS = [
    "ConfigMap",
    "Namespace",
    "PersistentVolumeClaim",
    "Pod",
    "ReplicationController",
    "Secret",
    "Service",
    "ServiceAccount",
    "DaemonSet",
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "HorizontalPodAutoscaler",
    "CronJob",
    "Job",
    "Ingress",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
];

const FILES = [
    "api__v1",
    "apis__apps__v1",
    "apis__autoscaling__v1",
    "apis__autoscaling__v2",
    "apis__batch__v1",
    "apis__networking.k8s.io__v1",
    "apis__policy__v1",
    "apis__rbac.authorization.k8s.io__v1",
];

const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
/** Objects of any content. */
const OPEN = ["FieldsV1", "RawExtension", "JSON", "ManagedFieldsEntry"];

type Definitions = Readonly<Record<string, OpenApi>>;

export function kubernetesSchemas(module: string, version: string): string {
    const files = FILES.map((name): Definitions => {
        const file = join(module, "api", "openapi-spec", "v3", `${name}_openapi.json`);
        return JSON.parse(readFileSync(file, "utf8")).components.schemas;
    });
    const definitions: Definitions = Object.assign({}, ...files);
    const table = new SchemaTable((schema) => resolve(schema, definitions));
    for (const [name, definition] of Object.entries(definitions).sort(byName)) {
        if (!name.startsWith("io.k8s.api.")) continue;
        for (const { group, version, kind } of definition["x-kubernetes-group-version-kind"] ??
            []) {
            if (!KINDS.includes(kind)) table.nameKind(group, kind);
            else {
                const name = FREE_NAMES.includes(`${group}/${kind}`) ? PATH_SEGMENT : NAME;
                table.addKind(group, version, kind, object(definition, name, definitions));
            }
        }
    }
    return table.text(`Kubernetes ${version}`);
}

/** Metadata of every kind, also of custom resources. */
export function metadataSchema(definitions: Definitions, name: OpenApi = NAME): OpenApi {
    const meta = definitions[META] as OpenApi;
    return {
        ...meta,
        properties: {
            ...meta.properties,
            name,
            labels: { type: "object", additionalProperties: LABEL_VALUE },
        },
    };
}

export function readDefinitions(module: string): Definitions {
    const file = join(module, "api", "openapi-spec", "v3", "api__v1_openapi.json");
    return JSON.parse(readFileSync(file, "utf8")).components.schemas;
}

function object(definition: OpenApi, name: OpenApi, definitions: Definitions): OpenApi {
    const metadata = metadataSchema(definitions, name);
    const properties: Record<string, OpenApi> = { ...definition.properties, metadata };
    if (properties.status) properties.status = { "x-kubernetes-preserve-unknown-fields": true };
    return { ...definition, properties };
}

/** Follows `$ref`, which an `allOf` of one entry wraps if the property has a description. */
export function resolve(schema: OpenApi, definitions: Definitions): OpenApi {
    const [only, ...others] = schema.allOf ?? [];
    const ref = schema.$ref ?? (others.length === 0 ? only?.$ref : undefined);
    if (ref === undefined) return withoutLists(schema);
    const name = ref.split("/").at(-1) ?? "";
    const short = name.split(".").at(-1) ?? "";
    if (OPEN.includes(short)) return { "x-kubernetes-preserve-unknown-fields": true };
    if (short === "IntOrString") return { "x-kubernetes-int-or-string": true };
    return withoutLists(withFacts(short, definitions[name] as OpenApi));
}

/** Repeated entries are checked by code, with exceptions for each list. Defaults are set by code too. */
function withoutLists(schema: OpenApi): OpenApi {
    const { "x-kubernetes-list-type": _, default: __, ...kept } = schema;
    return kept;
}

function withFacts(short: string, definition: OpenApi): OpenApi {
    const properties = Object.entries(definition.properties ?? {}).map(([name, schema]) => {
        const values = ENUMS[`${short}.${name}`];
        return [name, values === undefined ? schema : { ...schema, enum: [...values, ""] }];
    });
    const required = definition.required?.filter((one) => !DEFAULTED.includes(`${short}.${one}`));
    return {
        ...definition,
        ...(definition.properties && { properties: Object.fromEntries(properties) }),
        ...(required && { required }),
    };
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
    return a < b ? -1 : 1;
}
