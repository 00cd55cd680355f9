/** Generates pages that list every key of a config with its type and default. */
import { defaultText, wrapped } from "./fieldText";
import type { Field, FieldType } from "./schemaFields";

type ObjectType = Extract<FieldType, { kind: "object" }>;

const WIDTH = 100;

export interface Page {
    /** Markdown above the keys, wrapped at 100 columns. */
    readonly head: string;
    readonly fields: readonly Field[];
    /** Pages that explain a top-level key, by key; paths are relative to this page. */
    readonly links: Readonly<Record<string, string>>;
    /** Titles of mappings that several keys share, by interface name. Each gets its own section. */
    readonly shared: Readonly<Record<string, string>>;
}

export function configurationPage(page: Page): string {
    const { head, fields } = page;
    const simple = fields.filter(({ type }) => objectsIn(type).length === 0);
    const mappings = fields.filter(({ type }) => objectsIn(type).length > 0);
    const found = new Map<string, readonly Field[]>();
    const writer = new Writer(page, found);
    const sections = mappings.map((field) => writer.section(field));
    const general = simple.length === 0 ? [] : [`## General\n\n${writer.list(simple, "")}`];
    const common: string[] = [];
    // Writing a shared mapping may add further ones to `found`, and the loop then visits them too.
    for (const [name, members] of found) {
        common.push(`## ${page.shared[name]}\n\n${writer.list(members, "")}`);
    }
    return [head, ...general, ...sections, ...common].join("\n");
}

class Writer {
    constructor(
        private readonly page: Page,
        private readonly found: Map<string, readonly Field[]>,
    ) {}

    section(field: Field): string {
        const { name, type, description } = field;
        const text = joined(description, defaultText(field), this.more(name));
        const intro = `## \`${name}\`\n\n${wrapped(text, WIDTH, "", "")}\n`;
        const prefix = type.kind === "list" ? `${name}[].` : `${name}.`;
        const objects = objectsIn(type);
        if (objects.length === 1) return `${intro}\n${this.list(objects[0]?.fields ?? [], prefix)}`;
        const variants = objects.map(
            (one) => `### ${variantName(one)}\n\n${this.list(one.fields, prefix)}`,
        );
        return [intro, ...variants].join("\n");
    }

    list(fields: readonly Field[], prefix: string): string {
        return fields.map((field) => this.item(field, prefix)).join("");
    }

    private item(field: Field, prefix: string): string {
        const name = `${prefix}${field.name}`;
        const variants = objectsIn(field.type);
        const [inner] = variants;
        const sharedTitle = inner?.name === undefined ? undefined : this.page.shared[inner.name];
        if (inner?.name !== undefined && sharedTitle) this.found.set(inner.name, inner.fields);
        const link = sharedTitle && ` See [${sharedTitle}](#${anchor(sharedTitle)}).`;
        const more = prefix === "" ? this.more(field.name) : "";
        const expects = inner === undefined ? ` (${expectation(field)})` : "";
        const text = joined(
            `\`${name}\`${expects}: ${field.description}`,
            defaultText(field),
            more,
        );
        const item = `${wrapped(`${text}${link ?? ""}`, WIDTH, "- ", "  ")}\n`;
        if (field.type.kind === "record" && field.type.of.kind === "object") {
            const { name: shared, fields } = field.type.of;
            if (shared === undefined) return item + this.list(fields, `${name}.<name>.`);
        }
        if (inner === undefined || sharedTitle) return item;
        const nested = field.type.kind === "list" ? `${name}[].` : `${name}.`;
        if (variants.length === 1) return item + this.list(inner.fields, nested);
        return item + this.variants(variants, nested);
    }

    /** The keys that all variants share once, then those of each variant. */
    private variants(all: readonly ObjectType[], prefix: string): string {
        const [first, ...others] = all;
        const isShared = (field: Field) =>
            others.every(({ fields }) => fields.some((one) => isSame(one, field)));
        const shared = (first?.fields ?? []).filter(isShared);
        const own = all.map(({ fields }) =>
            this.list(
                fields.filter((field) => !shared.some((one) => isSame(one, field))),
                prefix,
            ),
        );
        const titled = own.map((list, index) => {
            const title = variantName(all[index] as ObjectType);
            return `\n\`${prefix.slice(0, -1)}\` with ${title}:\n\n${list}`;
        });
        return this.list(shared, prefix) + titled.join("");
    }

    private more(name: string): string {
        const link = this.page.links[name];
        return link === undefined ? "" : `See [${link.replace(/^.*\/|#.*/g, "")}](${link}).`;
    }
}

function joined(...sentences: string[]): string {
    return sentences.filter((one) => one !== "").join(" ");
}

/** The heading of a variant: the value of its key `type`. */
/** Keys that tell the variants of a mapping apart. */
const VARIANT_KEYS = ["type", "provider"];

function variantName({ fields }: ObjectType): string {
    const { name, type } = fields.find((one) => VARIANT_KEYS.includes(one.name)) ?? {};
    return type?.kind === "enum" ? `\`${name}: ${type.values.join(", ")}\`` : "";
}

function expectation({ expected, type }: Field): string {
    // The top of the page has examples of durations.
    const plain = expected.replace(/^(a duration.*), such as .*/, "$1");
    return type.kind === "input" || isInputList(type) ? `${plain}, *Input*` : plain;
}

function isInputList(type: FieldType): boolean {
    if (type.kind !== "record" && type.kind !== "list") return false;
    const { of } = type;
    return (
        of.kind === "input" || (of.kind === "union" && of.of.some(({ kind }) => kind === "input"))
    );
}

/** The mappings of a field's type, or of its items' type. */
function objectsIn(type: FieldType): readonly ObjectType[] {
    if (type.kind === "object") return [type];
    if (type.kind === "list") return objectsIn(type.of);
    if (type.kind !== "union") return [];
    const objects = type.of.flatMap((one) => (one.kind === "object" ? [one] : []));
    return objects.length === type.of.length ? objects : [];
}

function anchor(title: string): string {
    return title.toLowerCase().replaceAll(" ", "-");
}

function isSame(one: Field, other: Field): boolean {
    return one.name === other.name && one.description === other.description;
}
