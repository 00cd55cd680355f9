/** Whether a value meets a schema inside allOf, anyOf, oneOf or not. Such schemas only state conditions. */
import { isMapping, UNKNOWN } from "../../config/unknown";
import { child } from "./prepare";
import { scalarProblem } from "./scalars";
import type { Schema, SchemaFile } from "./schema";

/** Undefined if it depends on an unknown value. */
export function satisfies(
    value: unknown,
    schema: Schema | undefined,
    file: SchemaFile,
): boolean | undefined {
    if (schema === undefined) return true;
    if (value === UNKNOWN) return undefined;
    const each = (indexes: readonly number[] = []) =>
        indexes.map((index) => satisfies(value, child(index, file), file));
    const results: (boolean | undefined)[] = [
        scalarProblem(value, schema) === undefined,
        ...each(schema.allOf),
    ];
    if (schema.anyOf) results.push(some(each(schema.anyOf)));
    if (schema.oneOf) results.push(exactlyOne(each(schema.oneOf)));
    if (schema.not !== undefined) {
        const inner = satisfies(value, child(schema.not, file), file);
        results.push(inner === undefined ? undefined : !inner);
    }
    if (isMapping(value)) {
        results.push((schema.required ?? []).every((name) => value[name] !== undefined));
        for (const [name, index] of Object.entries(schema.properties ?? {})) {
            if (value[name] === undefined) continue;
            results.push(satisfies(value[name], child(index, file), file));
        }
    }
    if (results.includes(false)) return false;
    return results.includes(undefined) ? undefined : true;
}

export function some(results: readonly (boolean | undefined)[]): boolean | undefined {
    if (results.includes(true)) return true;
    return results.includes(undefined) ? undefined : false;
}

export function exactlyOne(results: readonly (boolean | undefined)[]): boolean | undefined {
    const count = results.filter((one) => one === true).length;
    if (count > 1) return false;
    return results.includes(undefined) ? undefined : count === 1;
}
