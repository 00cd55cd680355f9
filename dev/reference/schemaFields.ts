/** Converts the config schemas to a tree of fields, the source of generated docs and types. */
import type { z } from "zod";
import { DRIVER_KEYS } from "../../canary/analysis/config/driverConfig";
import { expectationOf, type FieldMeta } from "../../rollout/config/fields";
import { type ConfigKey, KEYS } from "../../rollout/config/rolloutConfig";
import { unwrapped } from "../../rollout/config/stackValues";

export interface Field {
    readonly name: string;
    /** Sentences, with code in backticks. */
    readonly description: string;
    readonly type: FieldType;
    readonly required: boolean;
    /** JSON data; undefined if the schema has no default. */
    readonly default: unknown;
    /** Default in words, if the schema has none. */
    readonly fallback: string | undefined;
    /** "an integer from 0 to 100" */
    readonly expected: string;
}

export type FieldType =
    | { readonly kind: "string" | "integer" | "number" | "boolean" | "unknown" }
    | { readonly kind: "input" }
    | { readonly kind: "enum"; readonly values: readonly string[] }
    | { readonly kind: "list" | "record"; readonly of: FieldType }
    | { readonly kind: "union"; readonly of: readonly FieldType[] }
    | {
          readonly kind: "object";
          readonly name: string | undefined;
          readonly fields: readonly Field[];
      };

type Schema = z.core.$ZodType;
/** The parts of zod's definitions that this file reads. */
interface Definition {
    readonly type: string;
    /** Of a number: `safeint` for an integer. */
    readonly format?: string;
    readonly defaultValue?: unknown;
    readonly entries?: Readonly<Record<string, string>>;
    readonly shape?: Readonly<Record<string, z.ZodType>>;
    readonly element?: Schema;
    readonly valueType?: Schema;
    readonly options?: readonly Schema[];
    readonly values?: readonly string[];
}

export function rolloutFields(): Field[] {
    return (Object.keys(KEYS) as ConfigKey[]).map((name) => fieldOf(name, KEYS[name].schema));
}

/** The driver's keys. */
export function driverFields(): Field[] {
    return Object.entries(DRIVER_KEYS).map(([name, schema]) => fieldOf(name, schema));
}

function fieldOf(name: string, schema: z.ZodType): Field {
    const meta = metaOf(schema);
    const { description, fallback } = meta;
    if (description === undefined) throw new Error(`${name} has no description.`);
    const { type, defaultValue } = definitionOf(schema);
    return {
        name,
        description,
        type: typeOf(schema),
        required: !schema.safeParse(undefined).success,
        default: type === "default" ? defaultValue : undefined,
        fallback,
        expected: expectationOf(schema),
    };
}

function typeOf(schema: Schema): FieldType {
    const inner = unwrapped(schema);
    const {
        type,
        format,
        entries = {},
        shape = {},
        element,
        valueType,
        options = [],
        values = [],
    } = definitionOf(inner);
    const isLeaf = metaOf(inner).leaf === true;
    switch (type) {
        case "number":
            return { kind: format === undefined ? "number" : "integer" };
        case "string":
        case "boolean":
        case "unknown":
            return { kind: type };
        case "enum":
            return { kind: "enum", values: Object.values(entries) };
        case "literal":
            return { kind: "enum", values };
        case "array":
            return { kind: "list", of: typeOf(element as Schema) };
        case "record":
            return { kind: "record", of: typeOf(valueType as Schema) };
        case "object": {
            const fields = Object.entries(shape).map(([name, field]) => fieldOf(name, field));
            return { kind: "object", name: metaOf(inner).typeName, fields };
        }
        case "union": {
            // A custom type (Deferred) stands for a value of another resource.
            const of = options
                .filter((one) => definitionOf(one).type !== "custom")
                .map(typeOf)
                .map(
                    (one): FieldType => (isLeaf && one.kind === "string" ? { kind: "input" } : one),
                );
            return of.length === 1 && of[0] !== undefined ? of[0] : { kind: "union", of };
        }
        default:
            throw new Error(`Schemas of type ${type} are not supported. Add a case to typeOf().`);
    }
}

function definitionOf(schema: Schema): Definition {
    return schema._zod.def as unknown as Definition;
}

function metaOf(schema: Schema): FieldMeta {
    return ((schema as z.ZodType).meta() ?? {}) as FieldMeta;
}
