/** Checks of single fields that several kinds share. */
import type { Field } from "../field";
import { isDns1123Label, isPortName, isSubdomain } from "./values/forms";

export const DNS_LABEL = "a DNS label: lower-case letters, digits and hyphens";
export const SUBDOMAIN = "lower-case letters, digits, hyphens and dots";

/** Requires a field of text, and checks its form. */
export function requireText(
    field: Field,
    expected: string,
    passes: (text: string) => boolean = () => true,
): void {
    if (!field.isFilled)
        field.rejectMissing(expected, "Set it: the API server requires this field.");
    else field.rejectUnless(passes, expected, "Change it: the API server rejects this value.");
}

export function requireLabel(field: Field): void {
    requireText(field, DNS_LABEL, isDns1123Label);
}

/** Checks a name that may be absent. */
export function checkSubdomain(field: Field): void {
    if (!field.isFilled) return;
    const fix = "Use the name of the object: this is no valid one.";
    field.rejectUnless(isSubdomain, SUBDOMAIN, fix);
}

/** Requires one of these values. */
export function requireChoice(
    field: Field,
    allowed: readonly string[],
    expected = `one of ${allowed.join(", ")}`,
): void {
    requireText(field, expected, (text) => allowed.includes(text));
}

/** Checks a value that may be absent. */
export function checkChoice(field: Field, allowed: readonly string[]): void {
    if (field.isSet) rejectOtherThan(field, allowed);
}

/** Checks each entry of a list. A null is an empty string. */
export function checkEntries(list: Field, allowed: readonly string[]): void {
    for (const entry of list.items) rejectOtherThan(entry, allowed);
}

function rejectOtherThan(field: Field, allowed: readonly string[]): void {
    const expected = `one of ${allowed.filter((one) => one !== "").join(", ")}`;
    field.rejectUnless((text) => allowed.includes(text), expected, "Use one of these values.");
}

/** ValidateNonnegativeField. */
export function checkNotNegative(parent: Field, ...names: string[]): void {
    for (const name of names) checkRange(parent.get(name), 0);
}

export function checkRange(field: Field, least: number, most = Number.POSITIVE_INFINITY): void {
    const { number } = field;
    if (!field.isSet || number === undefined || (number >= least && number <= most)) return;
    const range = most === Number.POSITIVE_INFINITY ? `${least} or more` : `${least} to ${most}`;
    field.reject(range, "Change it: the API server rejects this number.");
}

/** ValidatePortNumOrName: absent is 0. */
export function checkPortOrName(port: Field): void {
    const { value, number } = port;
    const isWrong =
        typeof value === "string"
            ? port.text !== undefined && !isPortName(port.text)
            : number !== undefined && (number < 1 || number > 65_535);
    if (!isWrong) return;
    const expected = "a port from 1 to 65535, or the name of one";
    const fix = "Use a number without quotes, or a name of up to 15 characters with a letter.";
    if (port.isSet) port.reject(expected, fix);
    else port.rejectMissing(expected, fix);
}

/** Exactly one of these fields, even if it is empty. */
export function requireOne(parent: Field, names: readonly string[]): void {
    const set = names.map((name) => parent.get(name)).filter(({ isSet }) => isSet);
    if (set.length === 0) {
        parent.rejectMissing(`one of ${names.join(", ")}`, "Add one of these fields.");
    }
    rejectOthers(set);
}

/** At most one of these fields, even if they are empty. */
export function rejectOthers(fields: readonly Field[]): void {
    const [first, ...others] = fields.filter(({ isSet, isUnknown }) => isSet && !isUnknown);
    for (const other of others) {
        other.reject(
            `no value beside ${first?.name}`,
            "Remove one: the API server allows only one.",
        );
    }
}

/** Fields whose text another one before them has too. */
export function rejectRepeated(
    fields: readonly Field[],
    expected = "a unique value",
    fix = "Rename it: another one has this name.",
): void {
    const seen = new Set<string>();
    for (const field of fields) {
        const { text } = field;
        if (!text) continue;
        if (seen.has(text)) field.reject(expected, fix);
        seen.add(text);
    }
}

const PERCENT = /^\d+%$/;

/** ValidatePositiveIntOrPercent, and IsNotMoreThan100Percent if the percentage has a limit. */
export function checkIntOrPercent(field: Field, isLimited: boolean): void {
    const { value, text } = field;
    if (typeof value === "number") checkRange(field, 0);
    if (typeof value !== "string" || text === undefined) return;
    const fix = 'Write a number without quotes, or a percentage such as "25%".';
    if (!PERCENT.test(text)) field.reject("an integer or a percentage", fix);
    else if (isLimited && Number.parseInt(text, 10) > 100) {
        field.reject("at most 100%", "Use a percentage from 0 to 100.");
    }
}

/** getIntOrPercentValue: the number before a percent sign too. Undefined if it is unknown. */
export function intOrPercent(field: Field, whenAbsent: number): number | undefined {
    if (!field.isSet) return whenAbsent;
    if (typeof field.value === "number") return field.value;
    return field.text === undefined ? undefined : Number.parseInt(field.text, 10) || 0;
}
