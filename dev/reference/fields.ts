/** The schemas of a rollout's config, as a tree of fields that docs and types are made from. */
import type { z } from "zod";
import { expectationOf, type FieldMeta } from "../../rollout/config/fields";
import { type ConfigKey, KEYS } from "../../rollout/config/rolloutConfig";
import { unwrapped } from "../../rollout/config/stackValues";

export interface Field {
    readonly name: string;
    /** Sentences, with code in backticks. */
    readonly description: string;
    readonly type: FieldType;
    readonly required: boolean;
    /** As JSON data; undefined where the schema has none. */
    readonly default: unknown;
    /** Default in words, where the schema has none. */
    readonly fallback: string | undefined;
    /** "an integer from 0 to 100" */
    readonly expected: string;
}

export type FieldType =
    | { readonly kind: "string" | "number" | "boolean" | "unknown" }
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
/** The parts of zod's definitions that are read here. */
interface Definition {
    readonly type: string;
    readonly defaultValue?: unknown;
    readonly entries?: Readonly<Record<string, string>>;
    readonly shape?: Readonly<Record<string, z.ZodType>>;
    readonly element?: Schema;
    readonly valueType?: Schema;
    readonly options?: readonly Schema[];
}

export function rolloutFields(): Field[] {
    return (Object.keys(KEYS) as ConfigKey[]).map((name) => fieldOf(name, KEYS[name].schema));
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
        entries = {},
        shape = {},
        element,
        valueType,
        options = [],
    } = definitionOf(inner);
    const isLeaf = metaOf(inner).leaf === true;
    switch (type) {
        case "string":
        case "number":
        case "boolean":
        case "unknown":
            return { kind: type };
        case "enum":
            return { kind: "enum", values: Object.values(entries) };
        case "array":
            return { kind: "list", of: typeOf(element as Schema) };
        case "record":
            return { kind: "record", of: typeOf(valueType as Schema) };
        case "object": {
            const fields = Object.entries(shape).map(([name, field]) => fieldOf(name, field));
            return { kind: "object", name: metaOf(inner).typeName, fields };
        }
        case "union": {
            // What is no data stands for a value of another resource.
            const of = options
                .filter((one) => definitionOf(one).type !== "custom")
                .map(typeOf)
                .map(
                    (one): FieldType => (isLeaf && one.kind === "string" ? { kind: "input" } : one),
                );
            return of.length === 1 && of[0] !== undefined ? of[0] : { kind: "union", of };
        }
        default:
            throw new Error(`A schema of type ${type} cannot be described yet.`);
    }
}

function definitionOf(schema: Schema): Definition {
    return schema._zod.def as unknown as Definition;
}

function metaOf(schema: Schema): FieldMeta {
    return ((schema as z.ZodType).meta() ?? {}) as FieldMeta;
}
