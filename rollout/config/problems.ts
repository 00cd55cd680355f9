/** What is wrong with an input, as sentences: where, what must be there, what was found. */
import type { z } from "zod";
import { closest } from "./closest";

/** One thing that is wrong with an input. */
export interface Problem {
    /** Where, from the top of the input: `["versions", "v2", "replicas"]`. Empty is the whole input. */
    readonly path: readonly PropertyKey[];
    /** A sentence without its subject: "must be an integer from 0 to 100; found 101". */
    readonly reason: string;
}

/** `versions.v2.probes[0]`, the way `pulumi config set --path` writes it. */
export function pathText(path: readonly PropertyKey[]): string {
    return path.reduce<string>((text, part) => {
        if (typeof part === "number") return `${text}[${part}]`;
        const key = String(part);
        if (!/^[\w-]+$/.test(key)) return `${text}["${key}"]`;
        return text === "" ? key : `${text}.${key}`;
    }, "");
}

/** A found value as JSON, cut to a length that fits a message. */
export function show(value: unknown): string {
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The same mapping or list with every value in it made unreadable. */
export function masked(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(masked);
    if (typeof value !== "object" || value === null)
        return value === undefined ? value : "[secret]";
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, masked(one)]));
}

/** Reason of a value that is there but not right. `must` starts with "must". */
export function wrong(must: string, found: unknown): string {
    return `${must}; found ${show(found)}`;
}

/**
 * zod's issues as problems. The schemas in schema/ carry a whole "must …" sentence in each message, and the
 * allowed keys in the message of an unknown key.
 */
export function problemsOf(issues: readonly z.core.$ZodIssue[], input: unknown): Problem[] {
    return issues.flatMap((issue): Problem[] => {
        if (issue.code === "unrecognized_keys") {
            const allowed = issue.message.split(", ");
            return issue.keys.map((key) => ({
                path: [...issue.path, key],
                reason: unknownKey(key, allowed),
            }));
        }
        if (issue.code === "invalid_key") {
            const key = String(issue.path.at(-1));
            const must = issue.issues[0]?.message ?? issue.message;
            return [{ path: issue.path, reason: `key ${wrong(must, key)}` }];
        }
        const found = valueAt(input, issue.path);
        const reason =
            found === undefined ? `is missing; ${issue.message}` : wrong(issue.message, found);
        return [{ path: issue.path, reason }];
    });
}

/** Reason of a key that the schema does not have. */
export function unknownKey(key: string, allowed: readonly string[]): string {
    const guess = closest(key, allowed);
    const advice = guess === undefined ? "" : `did you mean ${guess}? `;
    return `is not a key; ${advice}allowed: ${allowed.join(", ")}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
    return path.reduce<unknown>(
        (value, key) =>
            typeof value === "object" && value !== null
                ? (value as Record<PropertyKey, unknown>)[key]
                : undefined,
        input,
    );
}
