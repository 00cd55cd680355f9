/** Validation problems as data: the path, the expected value and the actual value. */
import type { z } from "zod";
import { Deferred } from "./deferred";

export type Problem = WrongValue | UnknownKey;

export interface WrongValue {
    readonly code: "wrong-value";
    /** From the root of the input: `["versions", "v2", "replicas"]`. Empty for the whole input. */
    readonly path: readonly PropertyKey[];
    /** Noun phrase: "an integer from 0 to 100". */
    readonly expected: string;
    /** The value at the path; undefined if there is none. */
    readonly found: unknown;
    /** What to do: a sentence without the full stop. */
    readonly fix?: string;
}

export interface UnknownKey {
    readonly code: "unknown-key";
    readonly path: readonly PropertyKey[];
    readonly allowed: readonly string[];
}

export function wrongValue(
    path: readonly PropertyKey[],
    expected: string,
    found: unknown,
    fix?: string,
): WrongValue {
    return { code: "wrong-value", path, expected, found, ...(fix !== undefined && { fix }) };
}

/** A problem without its path: "expected an integer from 0 to 100, got 101. Set weight to 100." */
export function problemText(problem: Problem): string {
    if (problem.code === "unknown-key") {
        const key = String(problem.path.at(-1));
        const guess = closest(key, problem.allowed);
        if (guess !== undefined) return `unknown key; did you mean \`${guess}\`?`;
        return `unknown key; allowed keys: ${problem.allowed.join(", ")}.`;
    }
    const { expected, found, fix } = problem;
    const sentence = `expected ${expected}, got ${show(found)}.`;
    return fix === undefined ? sentence : `${sentence} ${fix}.`;
}

/** A problem with its path: "weight: expected an integer from 0 to 100, got 101." */
export function problemLine(problem: Problem): string {
    const path = pathText(problem.path);
    return path === "" ? problemText(problem) : `${path}: ${problemText(problem)}`;
}

/** Hides the value of a problem, because messages must not show secrets. */
export function masked(problem: Problem): Problem {
    if (problem.code === "unknown-key" || problem.found === undefined) return problem;
    return { ...problem, found: SECRET };
}

const SECRET = Symbol("secret");

/** A path in the syntax of `pulumi config set --path`: `versions.v2.volumes[0]`. */
export function pathText(path: readonly PropertyKey[]): string {
    return path.reduce<string>((text, part) => {
        if (typeof part === "number") return `${text}[${part}]`;
        const key = String(part);
        if (!/^[\w-]+$/.test(key)) return `${text}["${key}"]`;
        return text === "" ? key : `${text}.${key}`;
    }, "");
}

/** A value as JSON, truncated to 80 characters. */
export function show(value: unknown): string {
    if (value === undefined) return "nothing";
    if (value === SECRET) return "[secret]";
    if (value instanceof Deferred) return value.toJSON();
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/**
 * Converts zod's issues to problems. In the schemas of this folder, the message of an issue is what is expected there; for an
 * unknown key it is the list of allowed keys.
 */
export function problemsOf(issues: readonly z.core.$ZodIssue[], input: unknown): Problem[] {
    return issues.flatMap((issue): Problem[] => {
        if (issue.code === "unrecognized_keys") {
            const allowed = issue.message.split(", ");
            return issue.keys.map((key) => ({
                code: "unknown-key",
                path: [...issue.path, key],
                allowed,
            }));
        }
        if (issue.code === "invalid_key") {
            const expected = issue.issues[0]?.message ?? issue.message;
            return [wrongValue(issue.path, `a key that is ${expected}`, issue.path.at(-1))];
        }
        return [wrongValue(issue.path, issue.message, valueAt(input, issue.path))];
    });
}

/** The value at a path of plain data; undefined if there is none. */
export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
    return path.reduce<unknown>(
        (value, key) =>
            typeof value === "object" && value !== null
                ? (value as Record<PropertyKey, unknown>)[key]
                : undefined,
        input,
    );
}

/**
 * The candidate closest to `word`. Undefined if every candidate needs more edits than a typo: more than a third of the
 * word's length, with a minimum of 2.
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
    const limit = Math.max(2, Math.floor(word.length / 3));
    let best: string | undefined;
    let bestDistance = limit + 1;
    for (const candidate of candidates) {
        const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
        if (distance < bestDistance) {
            best = candidate;
            bestDistance = distance;
        }
    }
    return best;
}

/** Levenshtein distance, one row at a time. */
export function editDistance(a: string, b: string): number {
    let row = Array.from({ length: b.length + 1 }, (_, column) => column);
    for (let i = 1; i <= a.length; i++) {
        const next = [i];
        for (let j = 1; j <= b.length; j++) {
            const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
            next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap));
        }
        row = next;
    }
    return row[b.length] ?? 0;
}
