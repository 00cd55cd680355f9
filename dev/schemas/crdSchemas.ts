/** Schemas of custom resources, from their CustomResourceDefinitions. */
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { metadataSchema, readDefinitions, resolve } from "./kubernetesSchemas";
import type { CustomResourceDefinition, OpenApi } from "./openapi";
import { SchemaTable } from "./schemaTable";

/**
 * @param files files with CRDs. If two define one version of a kind, the first wins.
 * @param kubernetes folder of the Kubernetes module, which has the schema of metadata.
 */
export function crdSchemas(files: readonly string[], kubernetes: string, source: string): string {
    const definitions = readDefinitions(kubernetes);
    const table = new SchemaTable((schema) =>
        isReference(schema) ? resolve(schema, definitions) : schema,
    );
    const metadata = metadataSchema(definitions);
    const added = new Set<string>();
    for (const { spec } of files.flatMap(readCrds)) {
        for (const { name, served, schema } of spec.versions) {
            const id = `${spec.group}/${name} ${spec.names.kind}`;
            if (!served || added.has(id)) continue;
            added.add(id);
            table.addKind(
                spec.group,
                name,
                spec.names.kind,
                object(schema.openAPIV3Schema, metadata),
            );
        }
    }
    return table.text(source);
}

function readCrds(file: string): CustomResourceDefinition[] {
    return parseAllDocuments(readFileSync(file, "utf8"))
        .map((document) => document.toJS() as CustomResourceDefinition | null)
        .filter((one) => one?.kind === "CustomResourceDefinition") as CustomResourceDefinition[];
}

function isReference({ $ref, allOf }: OpenApi): boolean {
    return $ref !== undefined || allOf?.[0]?.$ref !== undefined;
}

/** The API server adds apiVersion, kind and metadata to every custom resource. */
function object(schema: OpenApi, metadata: OpenApi): OpenApi {
    const text: OpenApi = { type: "string" };
    const properties: Record<string, OpenApi> = {
        ...schema.properties,
        apiVersion: text,
        kind: text,
        metadata,
    };
    if (properties.status) properties.status = { "x-kubernetes-preserve-unknown-fields": true };
    return { ...schema, properties };
}
