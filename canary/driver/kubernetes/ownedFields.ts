/** The fields of an object that a field manager owns. A server-side apply must repeat them all, to keep owning them. */
import { at } from "../../../rollout/config/unknown";

type Plain = Record<string, unknown>;

export interface FieldsOwner {
    readonly manager: string;
    readonly operation: string;
    /** `managedFields[].fieldsV1`. */
    readonly fields: unknown;
}

/**
 * Who owns the field at a path; Pulumi, if several managers do.
 * @param object from the API server, with metadata.managedFields.
 */
export function ownerOf(object: unknown, ...path: readonly string[]): FieldsOwner | undefined {
    const managed = at(object, "metadata", "managedFields");
    const owners = (Array.isArray(managed) ? managed : [])
        .filter((entry) => at(entry, "fieldsV1", ...path.map((key) => `f:${key}`)) !== undefined)
        .map((entry) => ({
            manager: String(at(entry, "manager")),
            operation: String(at(entry, "operation")),
            fields: at(entry, "fieldsV1"),
        }));
    return owners.find(({ manager }) => manager.startsWith("pulumi")) ?? owners[0];
}

/** Pulumi's fields together with some of a parent's, so that an apply takes them back. Undefined if Pulumi applied nothing. */
export function withFields(
    object: unknown,
    parent: string,
    names: readonly string[],
): FieldsOwner | undefined {
    const owner = ownerOf(object, parent);
    if (owner?.operation !== "Apply" || !owner.manager.startsWith("pulumi")) return undefined;
    const above = at(owner.fields, `f:${parent}`) as Plain;
    const fields = {
        ...(owner.fields as Plain),
        [`f:${parent}`]: {
            ...above,
            ...Object.fromEntries(
                names.map((name) => [`f:${name}`, at(above, `f:${name}`) ?? {}] as const),
            ),
        },
    };
    return { ...owner, fields };
}

/**
 * The part of an object that its owner wrote. If the owner has any part of a list, it gets the whole list, because nobody else
 * writes the rest.
 */
export function ownedPart(object: unknown, fields: unknown): unknown {
    const keys = Object.keys((fields ?? {}) as Plain).filter((key) => key.startsWith("f:"));
    if (keys.length === 0 || Array.isArray(object)) return object;
    const part: Plain = {};
    for (const key of keys) {
        const name = key.slice(2);
        const value = at(object, name);
        if (value !== undefined) part[name] = ownedPart(value, at(fields, key));
    }
    return part;
}
