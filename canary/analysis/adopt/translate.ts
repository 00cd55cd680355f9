/** Fields of another tool's object as config, by a table. Every field is translated or named: none is dropped silently. */
import { show } from "../../../rollout/config/problems";
import { isMapping } from "../../../rollout/config/unknown";
import type { AdoptFinding } from "./finding";

export type Plain = Record<string, unknown>;

/** What a field becomes. */
export interface Translation {
    readonly kind: AdoptFinding["kind"];
    /** What the field becomes, or why nothing takes its place and what to do. */
    readonly text: string;
    /** Config of the rollout, by path: `sticky.cookie`. */
    readonly config?: Plain;
    /** Config of the driver, by path: `analysis.minDwell`. */
    readonly driver?: Plain;
    /** Config of the version, by path. */
    readonly version?: Plain;
    /** Gates of the driver. */
    readonly gates?: readonly Plain[];
}

/** A text alone: the field has no counterpart. A rule answers for all fields below its own. */
export type FieldRule = string | ((value: unknown, spec: Plain) => Translation | Translation[]);

/** Rules by the path of a field in the spec. Paths lead through mappings, not through lists. */
export type FieldTable = Readonly<Record<string, FieldRule>>;

export interface TranslatedField extends Translation {
    readonly path: string;
}

export function taken(text: string, more: Omit<Translation, "kind" | "text"> = {}): Translation {
    return { kind: "taken", text, ...more };
}

export function manual(text: string, more: Omit<Translation, "kind" | "text"> = {}): Translation {
    return { kind: "manual", text, ...more };
}

export function translate(spec: Plain, table: FieldTable): TranslatedField[] {
    const paths = Object.keys(table);
    const below = (value: Plain, parent: string): TranslatedField[] =>
        Object.entries(value).flatMap(([name, field]): TranslatedField[] => {
            const path = `${parent}${name}`;
            const rule = table[path];
            if (rule !== undefined) {
                const found = typeof rule === "string" ? manual(rule) : rule(field, spec);
                return [found].flat().map((one) => ({ path, ...one }));
            }
            if (isMapping(field) && paths.some((one) => one.startsWith(`${path}.`))) {
                return below(field, `${path}.`);
            }
            return [{ path, ...manual("not known to this release, and not taken over") }];
        });
    return below(spec, "");
}

/** "`analysis.threshold` 5: there is no count of failed checks", to be shown behind the object's name. */
export function fieldText(path: string, value: unknown, text: string): string {
    const shown = typeof value === "object" ? "" : ` ${show(value)}`;
    return `\`${path}\`${shown}: ${text}`;
}

/** Sets the value at a path of mappings, such as `sticky.cookie`. */
export function setAt(target: Plain, path: string, value: unknown): void {
    const [first = "", ...rest] = path.split(".");
    if (rest.length === 0) {
        target[first] = value;
        return;
    }
    const inner = isMapping(target[first]) ? { ...target[first] } : {};
    setAt(inner, rest.join("."), value);
    target[first] = inner;
}
