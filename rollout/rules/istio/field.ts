/** A field of an object with its path, for checks that report on it. */
import { at, isMapping, UNKNOWN } from "../../config/unknown";
import { findingAt } from "../lookup/findingAt";
import type { Finding, Manifest } from "../rule";
import { pathTo } from "../schema/path";
import { hasPlaceholder } from "../schema/prepare";

/** Istio reads an empty string, 0 and null as absent, as protobuf does. */
export class Field {
    private constructor(
        private readonly manifest: Manifest,
        private readonly findings: Finding[],
        readonly value: unknown,
        readonly path: string,
    ) {}

    /** The spec of an object. The checks add their findings to the list. */
    static spec(manifest: Manifest, findings: Finding[]): Field {
        return new Field(manifest, findings, at(manifest, "spec"), "spec");
    }

    get(name: string): Field {
        return this.child(at(this.value, name), pathTo(this.path, name));
    }

    /** Entries of a list; none if the list is unknown. */
    get items(): Field[] {
        if (!Array.isArray(this.value)) return [];
        return this.value.map((item, index) => this.child(item, `${this.path}[${index}]`));
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

    get isUnknown(): boolean {
        return this.value === UNKNOWN;
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

    /** Istio rejects the object. */
    reject(expected: string, fix: string): void {
        this.findings.push(this.finding(expected, fix));
    }

    /** Istio accepts the object with a warning. */
    warn(expected: string, fix: string): void {
        this.findings.push({ ...this.finding(expected, fix), advisory: true });
    }

    /** Rejects a string that is set and does not pass. */
    rejectUnless(passes: (text: string) => boolean, expected: string, fix: string): void {
        const { text } = this;
        if (text !== undefined && !passes(text)) this.reject(expected, fix);
    }

    private finding(expected: string, fix: string): Finding {
        return findingAt(this.manifest, this.path, this.value, expected, fix);
    }

    private child(value: unknown, path: string): Field {
        return new Field(this.manifest, this.findings, value, path);
    }
}

/** Rejects all fields that are set except the first. */
export function rejectSeveral(fields: readonly Field[], fix: string): void {
    const [first, ...others] = fields.filter(({ isFilled }) => isFilled);
    const name = first?.path.split(".").at(-1);
    for (const other of others) other.reject(`no value beside ${name}`, fix);
}
