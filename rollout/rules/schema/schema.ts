/** Structural schemas as the data files of this folder hold them. */

/** A constraint in CEL, Kubernetes' expression language. */
export interface CelRule {
    readonly rule: string;
    readonly message: string;
}

/** Index of a schema in its file. */
export type SchemaIndex = number;

export interface Schema {
    readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
    readonly properties?: Readonly<Record<string, SchemaIndex>>;
    readonly additionalProperties?: SchemaIndex;
    readonly items?: SchemaIndex;
    readonly required?: readonly string[];
    readonly enum?: readonly unknown[];
    readonly format?: string;
    readonly pattern?: string;
    readonly default?: unknown;
    readonly nullable?: boolean;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly minItems?: number;
    readonly maxItems?: number;
    readonly minProperties?: number;
    readonly maxProperties?: number;
    readonly allOf?: readonly SchemaIndex[];
    readonly anyOf?: readonly SchemaIndex[];
    readonly oneOf?: readonly SchemaIndex[];
    readonly not?: SchemaIndex;
    readonly intOrString?: boolean;
    /** Accepts fields that `properties` does not name. */
    readonly open?: boolean;
    /** Properties that identify an entry of a list. */
    readonly listKeys?: readonly string[];
    /** The entries of the list are unique. */
    readonly isSet?: boolean;
    readonly rules?: readonly CelRule[];
}

export interface SchemaFile {
    /** "Istio v1.28.0" */
    readonly source: string;
    /** Schema of each version of "group/Kind", or of "Kind" in the core group. Empty for a kind that is only named. */
    readonly kinds: Readonly<Record<string, Readonly<Record<string, SchemaIndex>>>>;
    readonly schemas: readonly Schema[];
}
