/** A field of an object with its path, for checks that report on it. */
import { at, isMapping, UNKNOWN } from "../config/unknown";
import { findingAt } from "./lookup/findingAt";
import type { Finding, Manifest } from "./rule";
import { pathTo } from "./schema/path";
import { hasPlaceholder } from "./schema/prepare";

/** The object of a field, and where its findings go. */
interface Report {
    readonly manifest: Manifest;
    readonly findings: Finding[];
    /** A part that Kustomize merges into the object: what it lacks may be there. */
    readonly isPatch: boolean;
}

/** Istio and the API server read an empty string, 0 and null as absent, as protobuf and Go do. */
export class Field {
    private constructor(
        private readonly report: Report,
        readonly value: unknown,
        private readonly parent?: Field,
        /** The key in the parent, or the index. */
        private readonly place: string | number = "",
    ) {}

    /** A whole object. The checks add their findings to the list. */
    static root(manifest: Manifest, findings: Finding[], isPatch = false): Field {
        return new Field({ manifest, findings, isPatch }, manifest);
    }

    /** The spec of an object. */
    static spec(manifest: Manifest, findings: Finding[]): Field {
        return Field.root(manifest, findings).get("spec");
    }

    /** Built when it is asked for: most fields have nothing to report. */
    get path(): string {
        const { parent, place } = this;
        if (parent === undefined) return "";
        return typeof place === "number" ? `${parent.path}[${place}]` : pathTo(parent.path, place);
    }

    /** The last part of the path. */
    get name(): string | undefined {
        return this.path.split(".").at(-1);
    }

    get(...names: string[]): Field {
        return names.reduce<Field>((field, name) => field.property(name), this);
    }

    /** Entries of a list; none if the list is unknown. */
    get items(): Field[] {
        if (!Array.isArray(this.value)) return [];
        return this.value.map((item, index) => this.child(item, index));
    }

    /** Entries of a mapping; none if the mapping is unknown. Without those that are null, which the API server drops. */
    get entries(): [key: string, field: Field][] {
        return this.writtenEntries.filter(([, field]) => field.isSet);
    }

    /** Entries of a mapping, also those that are null. */
    get writtenEntries(): [key: string, field: Field][] {
        if (!isMapping(this.value)) return [];
        return Object.keys(this.value).map((key) => [key, this.get(key)]);
    }

    /** Also text with a placeholder, which another tool may replace by anything. */
    get isUnknown(): boolean {
        const { value } = this;
        return value === UNKNOWN || (typeof value === "string" && hasPlaceholder(value));
    }

    /** Present, also if it is empty or unknown. */
    get isSet(): boolean {
        return this.value !== undefined && this.value !== null;
    }

    /** Present and not empty: no "", 0, false, [] or {}. */
    get isFilled(): boolean {
        if (Array.isArray(this.value)) return this.value.length > 0;
        if (isMapping(this.value)) return Object.keys(this.value).length > 0;
        return Boolean(this.value);
    }

    /** The string; undefined if it is unknown, has a placeholder or is of another type. Absent is "". */
    get text(): string | undefined {
        if (!this.isSet) return "";
        return typeof this.value === "string" && !hasPlaceholder(this.value)
            ? this.value
            : undefined;
    }

    /** The number; undefined if the value is unknown or no number. Absent is 0. */
    get number(): number | undefined {
        if (!this.isSet) return 0;
        return typeof this.value === "number" ? this.value : undefined;
    }

    /** The object is rejected. */
    reject(expected: string, fix: string): void {
        this.report.findings.push(this.finding(expected, fix));
    }

    /** The object is rejected. The message shows another value than the field's own. */
    rejectShowing(found: unknown, expected: string, fix: string): void {
        this.report.findings.push({ ...this.finding(expected, fix), found });
    }

    /** The object is rejected because it lacks this field, unless it is a patch. */
    rejectMissing(expected: string, fix: string): void {
        if (!this.report.isPatch) this.reject(expected, fix);
        else this.warn(expected, "Set it, unless Kustomize merges this patch into the object.");
    }

    /** The object is accepted with a warning. */
    warn(expected: string, fix: string): void {
        this.report.findings.push({ ...this.finding(expected, fix), advisory: true });
    }

    /** Rejects a string that is set and does not pass. */
    rejectUnless(passes: (text: string) => boolean, expected: string, fix: string): void {
        const { text } = this;
        if (text !== undefined && !passes(text)) this.reject(expected, fix);
    }

    private finding(expected: string, fix: string): Finding {
        return findingAt(this.report.manifest, this.path, this.value, expected, fix);
    }

    private property(name: string): Field {
        return this.child(this.isUnknown ? UNKNOWN : at(this.value, name), name);
    }

    private child(value: unknown, place: string | number): Field {
        return new Field(this.report, value, this, place);
    }
}

/** Rejects all fields that are set except the first. */
export function rejectSeveral(fields: readonly Field[], fix: string): void {
    const [first, ...others] = fields.filter(({ isFilled }) => isFilled);
    for (const other of others) other.reject(`no value beside ${first?.name}`, fix);
}
