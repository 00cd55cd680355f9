/** Metadata, labels and selectors: k8s.io/apimachinery/pkg/api/validation and pkg/apis/meta/v1/validation. */
import { isMapping, UNKNOWN } from "../../config/unknown";
import type { Field } from "../field";
import { matchesSelector } from "../lookup/labelSelector";
import { hasPlaceholder } from "../schema/prepare";
import { requireText } from "./fieldChecks";
import { isDns1035Label, isDns1123Label, isQualifiedName, isValueOfLabel } from "./values/forms";

const KEY = "a label key: up to 63 letters, digits, hyphens, underscores and dots, after a prefix";
const VALUE = "a label value: up to 63 letters, digits, hyphens, underscores and dots";
/** TotalAnnotationSizeLimitB. */
const LARGEST_ANNOTATIONS = 256 * 1024;
/** Kinds whose names are DNS labels. Other kinds allow dots, which object-schema checks. */
const NAMES: Readonly<Record<string, (text: string) => boolean>> = {
    "/Namespace": isDns1123Label,
    "/Service": isDns1035Label,
    "apps/StatefulSet": isDns1123Label,
};

/** ValidateObjectMeta, of any kind. */
export function checkMetadata(metadata: Field, kind: string, group: string): void {
    checkLabels(metadata.get("labels"));
    checkAnnotations(metadata.get("annotations"));
    for (const finalizer of metadata.get("finalizers").items) {
        finalizer.rejectUnless(isQualifiedName, KEY, "Add a domain as prefix, such as a.b/c.");
    }
    for (const owner of metadata.get("ownerReferences").items) {
        for (const part of ["apiVersion", "kind", "name", "uid"]) {
            requireText(owner.get(part), "a value that is not empty");
        }
    }
    const [name, isName] = [metadata.get("name"), NAMES[`${group}/${kind}`]];
    if (isName === undefined || !name.isFilled) return;
    const first = kind === "Service" ? " that starts with a letter" : "";
    const fix = "Use lower-case letters, digits and hyphens: DNS names contain this name.";
    name.rejectUnless(isName, `a DNS label of at most 63 characters${first}`, fix);
}

/** ValidateAnnotations. */
export function checkAnnotations(annotations: Field): void {
    let size = 0;
    for (const [key, annotation] of annotations.writtenEntries) {
        const { text } = annotation;
        size += Buffer.byteLength(key) + Buffer.byteLength(text ?? "");
        if (hasPlaceholder(key) || isQualifiedName(key.toLowerCase())) continue;
        annotation.rejectShowing(key, KEY, "Rename the annotation.");
    }
    if (size > LARGEST_ANNOTATIONS) {
        const expected = "at most 256 KiB of annotations";
        annotations.rejectShowing(size, expected, "Move the data into a ConfigMap.");
    }
}

/** ValidateLabels. A null is an empty value. */
export function checkLabels(labels: Field): void {
    for (const [key, label] of labels.writtenEntries) {
        if (!hasPlaceholder(key) && !isQualifiedName(key)) {
            label.rejectShowing(key, KEY, "Rename the label.");
        }
        label.rejectUnless(isValueOfLabel, VALUE, "Change the value of the label.");
    }
}

/** ValidateLabelSelector. */
export function checkLabelSelector(selector: Field): void {
    checkLabels(selector.get("matchLabels"));
    for (const requirement of selector.get("matchExpressions").items) {
        checkRequirement(requirement, ["In", "NotIn", "Exists", "DoesNotExist"]);
    }
}

/** ValidateLabelSelectorRequirement and ValidateNodeSelectorRequirement. */
export function checkRequirement(
    requirement: Field,
    operators: readonly string[],
    areValuesFree = false,
): void {
    const [key, operator, values] = ["key", "operator", "values"].map((one) =>
        requirement.get(one),
    ) as [Field, Field, Field];
    key.rejectUnless(isQualifiedName, KEY, "Set the key of a label.");
    const { text } = operator;
    if (text !== undefined && !operators.includes(text)) {
        operator.reject(`one of ${operators.join(", ")}`, "Use one of these operators.");
    }
    if ((text === "In" || text === "NotIn") && !values.isFilled) {
        values.reject(`at least one value with ${text}`, "Add the values, or use Exists.");
    }
    if ((text === "Exists" || text === "DoesNotExist") && values.isFilled && !values.isUnknown) {
        values.reject(`no values with ${text}`, "Remove the values, or use In or NotIn.");
    }
    const isComparison = text === "Gt" || text === "Lt";
    const count = values.isUnknown ? 1 : values.items.length;
    if (isComparison && operators.includes(text) && count !== 1) {
        values.reject(`one value with ${text}`, "Set one number, in quotes.");
    }
    if (areValuesFree) return;
    for (const value of values.items) {
        value.rejectUnless(isValueOfLabel, VALUE, "Change the value.");
    }
}

/** Whether the selector matches the labels. UNKNOWN if that depends on an unknown value. */
export function selects(selector: Field, labels: Field): boolean | typeof UNKNOWN {
    return matchesSelector(known(selector.value), known(labels.value ?? {}));
}

/** A copy with "" for null, and UNKNOWN for text with placeholders. */
function known(value: unknown): unknown {
    if (value === null) return "";
    if (typeof value === "string" && hasPlaceholder(value)) return UNKNOWN;
    if (Array.isArray(value)) return value.map(known);
    if (!isMapping(value)) return value;
    if (Object.keys(value).some(hasPlaceholder)) return UNKNOWN;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, known(item)]));
}
