/** What one field manager wrote of an object: what it has to apply again so that it gives up nothing. */
import { at } from "../../../rollout/config/unknown";

type Plain = Record<string, unknown>;

export interface FieldsOwner {
    readonly manager: string;
    readonly operation: string;
    /** `managedFields[].fieldsV1`. */
    readonly fields: unknown;
}

/**
 * Who owns what is at a path of an object's fields: the one that Pulumi is, where several do.
 * @param object as the API server has it, with metadata.managedFields.
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

/**
 * The part of an object that its owner wrote. Lists are taken whole where the owner has any of them, which is what
 * owning a part of one comes to where nobody else writes it.
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
