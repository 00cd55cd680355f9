/** The parts of OpenAPI and of structural schemas that the generator reads. */

export interface OpenApi {
    $ref?: string;
    type?: string;
    properties?: Record<string, OpenApi>;
    additionalProperties?: boolean | OpenApi;
    items?: OpenApi;
    required?: string[];
    enum?: unknown[];
    format?: string;
    pattern?: string;
    default?: unknown;
    nullable?: boolean;
    allOf?: OpenApi[];
    anyOf?: OpenApi[];
    oneOf?: OpenApi[];
    not?: OpenApi;
    minimum?: number;
    maximum?: number;
    minLength?: number;
    maxLength?: number;
    minItems?: number;
    maxItems?: number;
    minProperties?: number;
    maxProperties?: number;
    "x-kubernetes-int-or-string"?: boolean;
    "x-kubernetes-preserve-unknown-fields"?: boolean;
    "x-kubernetes-list-type"?: string;
    "x-kubernetes-list-map-keys"?: string[];
    "x-kubernetes-validations"?: { rule: string; message?: string }[];
    "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
}

export interface CustomResourceDefinition {
    kind: string;
    spec: {
        group: string;
        names: { kind: string };
        versions: {
            name: string;
            served: boolean;
            schema: { openAPIV3Schema: OpenApi };
        }[];
    };
}
