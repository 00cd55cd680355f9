/** Checks an object against the schema of its kind. */
import { isMapping, UNKNOWN } from "../../config/unknown";
import { isPatch } from "../lookup/kustomizePatch";
import type { Manifest } from "../rule";
import { type KnownSchema, schemaOf } from "./catalogue";
import { breaks, identityOf } from "./constraints";
import { pathTo } from "./path";
import { child, fieldOf, prepared } from "./prepare";
import { exactlyOne, satisfies, some } from "./satisfies";
import { scalarProblem, typeText } from "./scalars";
import type { Schema } from "./schema";
import { listed, nearField, placeOfField } from "./unknownField";

export interface SchemaProblem {
    readonly path: string;
    readonly found: unknown;
    readonly expected: string;
    readonly fix: string;
    readonly advisory?: true;
}

/** Rules that many fields have, in words. */
const WELL_KNOWN: Readonly<Record<string, string>> = {
    "duration(self) >= duration('1ms')": 'a duration of at least 1ms, such as "5s"',
    "0 < self && self <= 65535": "a port from 1 to 65535",
};

/** All problems of an object; none if the schema of its kind is not known. */
export function checkObject(manifest: Manifest): SchemaProblem[] {
    const known = schemaOf(manifest);
    if (known === undefined) return [];
    const walk = new Walk(known, isPatch(manifest));
    const value = prepared(manifest, known.root, known.file);
    walk.visit(value, manifest, known.root, "");
    return manifest.kind === "Secret" ? walk.problems.map(masked) : walk.problems;
}

/** Messages must not show the values of a Secret. */
function masked(problem: SchemaProblem): SchemaProblem {
    const isSecret = /^(data|stringData)\b/.test(problem.path);
    if (!isSecret) return problem;
    const found = `a hidden ${typeof problem.found}`;
    return { ...problem, found, fix: "Change its type: the API server accepts only strings." };
}

class Walk {
    readonly problems: SchemaProblem[] = [];

    constructor(
        private readonly known: KnownSchema,
        private readonly isPatch: boolean,
    ) {}

    /** @param source the value as written, without defaults; undefined if it is one. */
    visit(value: unknown, source: unknown, schema: Schema | undefined, path: string): void {
        if (schema === undefined || value === UNKNOWN || source === undefined) return;
        // A default replaces null too.
        if (source === null && value !== null) return;
        if (value === null && (schema.nullable || this.known.isBuiltIn)) return;
        const problem = scalarProblem(value, schema);
        if (problem !== undefined) {
            this.problems.push({ path, found: source, ...problem });
            return;
        }
        const before = this.problems.length;
        if (Array.isArray(value)) this.visitList(value, source, schema, path);
        if (isMapping(value)) this.visitMapping(value, source, schema, path);
        this.visitAlternatives(value, source, schema, path);
        // A broken part usually breaks the rules of the whole too.
        if (this.problems.length === before) this.visitRules(value, source, schema, path);
    }

    private visitList(
        list: readonly unknown[],
        source: unknown,
        schema: Schema,
        path: string,
    ): void {
        const items = child(schema.items, this.known.file);
        const seen = new Map<string, number>();
        for (const [index, item] of list.entries()) {
            const place = `${path}[${index}]`;
            this.visit(item, (source as unknown[])[index], items, place);
            const identity = identityOf(item, schema);
            if (identity === undefined) continue;
            const first = seen.get(identity);
            if (first === undefined) seen.set(identity, index);
            else {
                const keys = schema.listKeys?.join(", ");
                this.problems.push({
                    path: place,
                    found: JSON.parse(identity),
                    expected: keys ? `an entry with a unique ${keys}` : "a unique entry",
                    fix: `Remove or rename it: ${path}[${first}] has the same.`,
                });
            }
        }
    }

    private visitMapping(
        value: Record<string, unknown>,
        source: unknown,
        schema: Schema,
        path: string,
    ): void {
        const { file } = this.known;
        for (const [key, item] of Object.entries(value)) {
            const field = fieldOf(schema, key, file);
            const place = pathTo(path, key);
            if (field) this.visit(item, (source as Record<string, unknown>)[key], field, place);
            else if (this.isClosed(schema)) this.reportUnknown(key, schema, path);
        }
        for (const name of schema.required ?? []) {
            if (value[name] !== undefined) continue;
            this.problems.push({
                path: pathTo(path, name),
                found: undefined,
                expected: typeText(fieldOf(schema, name, file) ?? {}),
                fix: this.isPatch
                    ? "Set it, unless this is a patch that Kustomize merges into the object."
                    : "Set it: the schema requires this field.",
                ...(this.isPatch && { advisory: true }),
            });
        }
    }

    /** Kubernetes' OpenAPI has objects without fields for any content; a CRD states this. */
    private isClosed(schema: Schema): boolean {
        if (schema.open || schema.additionalProperties !== undefined) return false;
        return (
            schema.properties !== undefined || (!this.known.isBuiltIn && schema.type === "object")
        );
    }

    private reportUnknown(key: string, schema: Schema, path: string): void {
        const { file, root, isBuiltIn } = this.known;
        const names = Object.keys(schema.properties ?? {});
        const near = nearField(key, names);
        const elsewhere = near ?? placeOfField(key, path, root, file);
        const report = (fix: string, advisory?: true) =>
            this.problems.push({
                path: pathTo(path, key),
                found: key,
                expected: "a known field",
                fix,
                ...(advisory && { advisory }),
            });
        if (path === "" && key.startsWith("x-")) {
            // A place for YAML anchors. Some tools drop such a field before they apply the object.
            report("Move the anchor into a field: kubectl rejects unknown fields.", true);
        } else if (near !== undefined) {
            report(`Did you mean \`${near}\`? The API server rejects unknown fields.`);
        } else if (elsewhere !== undefined) {
            report(`Move it: the field exists at \`${elsewhere}\`.`);
        } else if (isBuiltIn) {
            report(`Check its name: ${file.source} does not have this field.`, true);
        } else if (names.length === 0) report("Remove it: this object has no fields.");
        else report(`Use one of the known fields: ${listed(names)}.`);
    }

    private visitAlternatives(value: unknown, source: unknown, schema: Schema, path: string): void {
        const { file } = this.known;
        const each = (indexes: readonly number[]) =>
            indexes.map((index) => satisfies(value, child(index, file), file));
        const wrong =
            (schema.oneOf && exactlyOne(each(schema.oneOf)) === false && schema.oneOf) ||
            (schema.anyOf && some(each(schema.anyOf)) === false && schema.anyOf) ||
            (schema.allOf && each(schema.allOf).includes(false) && schema.allOf);
        if (!wrong) return;
        const names = [...new Set(wrong.flatMap((index) => this.requiredBy(index)))];
        const present = names.filter((name) => isMapping(value) && value[name] !== undefined);
        const expected =
            names.length === 0
                ? "a value that one of its schemas accepts"
                : `${present.length > 1 ? "only " : ""}one of ${listed(names)}`;
        this.problems.push({
            path,
            found: present.length > 1 ? present.join(", ") : source,
            expected,
            fix: "Change it: the API server rejects this combination.",
        });
    }

    private requiredBy(index: number): string[] {
        const schema = child(index, this.known.file);
        const inner = [...(schema?.anyOf ?? []), ...(schema?.oneOf ?? [])];
        return [...(schema?.required ?? []), ...inner.flatMap((one) => this.requiredBy(one))];
    }

    private visitRules(value: unknown, source: unknown, schema: Schema, path: string): void {
        const broken = schema.rules?.find((rule) => breaks(rule, value));
        if (broken === undefined) return;
        this.problems.push({
            path,
            found: source,
            expected: WELL_KNOWN[broken.rule] ?? `a valid value (${broken.message})`,
            fix: "Change it: the API server rejects this value.",
        });
    }
}
