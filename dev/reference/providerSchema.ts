/** Generates the Pulumi schema of CanaryRollout, from which `pulumi package add` generates an SDK in any language. */

import { description, name, version } from "../../package.json";
import { TYPES } from "../../rollout/config/names";
import { defaultText } from "./fieldText";
import {
    OUTPUT_TYPES,
    OUTPUTS,
    type Property,
    reference,
    type TypeSpec,
    typeToken,
} from "./providerOutputs";
import type { Field, FieldType } from "./schemaFields";

export function providerSchema(fields: readonly Field[]): string {
    const types = new Map<string, TypeSpec>(Object.entries(OUTPUT_TYPES));
    const inputs = properties(fields, "CanaryRollout", types);
    const rollout = {
        description: RESOURCE_DOC,
        isComponent: true,
        inputProperties: inputs,
        requiredInputs: requiredIn(fields),
        properties: OUTPUTS,
        required: Object.keys(OUTPUTS),
    };
    const schema = {
        name,
        displayName: "Istio Canary",
        version,
        description,
        keywords: ["category/infrastructure", "kind/component", "kubernetes", "istio", "canary"],
        license: "Apache-2.0",
        language: LANGUAGES,
        resources: { [TYPES.rollout.type]: rollout },
        types: Object.fromEntries(
            [...types].sort().map(([key, type]) => [typeToken(key), type] as const),
        ),
    };
    return JSON.stringify(schema, undefined, 4);
}

const RESOURCE_DOC =
    "An app in two version slots behind one Service. Each phase of a rollout is an update with a new `weight`; nothing else changes between phases.";

/** Makes each generated SDK use the schema's version. */
const LANGUAGES = Object.fromEntries(
    ["nodejs", "python", "go", "csharp", "java"].map((one) => [
        one,
        { respectSchemaVersion: true },
    ]),
);

function properties(
    fields: readonly Field[],
    owner: string,
    types: Map<string, TypeSpec>,
): Record<string, Property> {
    return Object.fromEntries(
        fields.map((field) => {
            const text = [field.description, defaultText(field)].filter((one) => one !== "");
            const type = propertyOf(field.type, owner + capitalized(field.name), types);
            return [field.name, { ...type, description: text.join(" ") }];
        }),
    );
}

function requiredIn(fields: readonly Field[]): string[] {
    return fields.filter(({ required }) => required).map((field) => field.name);
}

/** @param path name for an enum, which has none in the config's schemas: that of its parent and its key. */
function propertyOf(type: FieldType, path: string, types: Map<string, TypeSpec>): Property {
    const plain = hasInput(type) ? {} : ({ plain: true } as const);
    switch (type.kind) {
        case "input":
            return { type: "string" };
        case "list":
            return { type: "array", items: propertyOf(type.of, path, types), ...plain };
        case "record":
            return {
                type: "object",
                additionalProperties: propertyOf(type.of, path, types),
                ...plain,
            };
        case "enum":
            types.set(path, {
                type: "string",
                enum: type.values.map((value) => ({ value })),
            });
            return { ...reference(path), ...plain };
        case "object": {
            const own = (type.name ?? path).replace(/Args$/, "");
            if (!types.has(own)) {
                types.set(own, {});
                types.set(own, {
                    type: "object",
                    properties: properties(type.fields, own, types),
                    required: requiredIn(type.fields),
                });
            }
            return { ...reference(own), ...plain };
        }
        case "unknown":
        // Not every language has unions.
        case "union":
            return { $ref: "pulumi.json#/Any" };
        default:
            return { type: type.kind, ...plain };
    }
}

/** Whether a value of another resource may be in it. */
function hasInput(type: FieldType): boolean {
    switch (type.kind) {
        case "input":
            return true;
        case "list":
        case "record":
            return hasInput(type.of);
        case "union":
            return type.of.some(hasInput);
        case "object":
            return type.fields.some((field) => hasInput(field.type));
        default:
            return false;
    }
}

function capitalized(text: string): string {
    return text.slice(0, 1).toUpperCase() + text.slice(1);
}
