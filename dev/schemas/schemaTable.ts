/** A table of schemas in which equal parts occur once and refer to each other by index. */
import type { SchemaFile } from "../../rollout/rules/schema/schema";
import type { OpenApi } from "./openapi";

/** Keywords that the table keeps as they are. */
const KEPT = [
    "type",
    "required",
    "format",
    "pattern",
    "enum",
    "default",
    "nullable",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
] as const;

export class SchemaTable {
    private readonly schemas: string[] = [];
    private readonly indexes = new Map<string, number>();
    private readonly kinds: Record<string, Record<string, number>> = {};

    /** @param dereferenced returns the schema behind a `$ref`. */
    constructor(private readonly dereferenced: (schema: OpenApi) => OpenApi = (one) => one) {}

    addKind(group: string, version: string, kind: string, schema: OpenApi): void {
        const name = group === "" ? kind : `${group}/${kind}`;
        const versions = this.kinds[name] ?? {};
        versions[version] = this.add(schema);
        this.kinds[name] = versions;
    }

    /** Names a kind that has no schema here, so that it is not taken for a misspelled one. */
    nameKind(group: string, kind: string): void {
        this.kinds[group === "" ? kind : `${group}/${kind}`] ??= {};
    }

    private add(given: OpenApi): number {
        const schema = this.dereferenced(given);
        const compact: Record<string, unknown> = {};
        for (const key of KEPT) if (schema[key] !== undefined) compact[key] = schema[key];
        if (schema.properties) {
            compact.properties = Object.fromEntries(
                Object.entries(schema.properties)
                    .sort(([a], [b]) => (a < b ? -1 : 1))
                    .map(([name, one]) => [name, this.add(one)]),
            );
        }
        if (schema.items) compact.items = this.add(schema.items);
        const values = schema.additionalProperties;
        if (values === true) compact.open = true;
        else if (values) compact.additionalProperties = this.add(values);
        for (const key of ["allOf", "anyOf", "oneOf"] as const) {
            const list = schema[key];
            if (list && !schema["x-kubernetes-int-or-string"]) {
                compact[key] = list.map((one) => this.add(one));
            }
        }
        if (schema.not) compact.not = this.add(schema.not);
        if (schema["x-kubernetes-int-or-string"]) compact.intOrString = true;
        if (schema["x-kubernetes-preserve-unknown-fields"]) compact.open = true;
        if (schema["x-kubernetes-list-type"] === "map") {
            compact.listKeys = schema["x-kubernetes-list-map-keys"];
        }
        if (schema["x-kubernetes-list-type"] === "set") compact.isSet = true;
        const rules = schema["x-kubernetes-validations"]
            ?.filter(({ rule }) => !rule.includes("oldSelf"))
            .map(({ rule, message = rule }) => ({ rule: compressed(rule), message }));
        if (rules && rules.length > 0) compact.rules = rules;
        return this.intern(JSON.stringify(compact));
    }

    private intern(text: string): number {
        const known = this.indexes.get(text);
        if (known !== undefined) return known;
        this.schemas.push(text);
        this.indexes.set(text, this.schemas.length - 1);
        return this.schemas.length - 1;
    }

    /** The file's JSON, with one schema on each line. */
    text(source: string): string {
        const kinds: SchemaFile["kinds"] = this.kinds;
        return [
            `{"source":${JSON.stringify(source)},`,
            `"kinds":${JSON.stringify(kinds)},`,
            `"schemas":[\n${this.schemas.join(",\n")}\n]}\n`,
        ].join("\n");
    }
}

/** A rule on one line, without repeated spaces. */
function compressed(rule: string): string {
    return rule.replaceAll(/\s+/g, " ").trim();
}
