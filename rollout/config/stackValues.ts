/** Decodes a Pulumi stack's config, which holds only strings, to the config of a rollout. */
import type { z } from "zod";
import { masked, type Problem, problemLine, wrongValue } from "./problems";
import { checkConfig, KEYS } from "./rolloutConfig";

/** The only key that may be encrypted, and must be. */
const SECRETS = "secrets";

/** All problems of a stack's config in one message. */
export class ConfigError extends Error {
    override readonly name = "ConfigError";

    constructor(
        project: string,
        readonly problems: readonly Problem[],
    ) {
        super(problemList("The stack's config", project, problems, "docs/configuration.md"));
    }
}

/** A message that lists problems, one per line, each with its key. */
export function problemList(
    subject: string,
    namespace: string,
    problems: readonly Problem[],
    page: string,
): string {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const lines = problems.map((problem) => `  ${namespace}:${problemLine(problem)}`);
    return [`${subject} has ${count}. Nothing was changed.`, ...lines, `See ${page}.`].join("\n");
}

/**
 * Decodes the config keys of a project without checking their values, because CanaryRollout checks its arguments.
 * @param all every config value of the stack as Pulumi passes it: `{"istio-canary:weight": "25"}`. Keys of other namespaces
 * are ignored.
 * @param secretKeys the encrypted keys among them.
 * @throws ConfigError with every problem of the config, if a key is encrypted that must be plain, or plain that must be
 * encrypted.
 */
export function readStackInput(
    all: Readonly<Record<string, string>>,
    project: string,
    secretKeys: readonly string[] = [],
): Readonly<Record<string, unknown>> {
    const prefix = `${project}:`;
    const input: Record<string, unknown> = {};
    const problems: Problem[] = [];
    for (const [name, text] of Object.entries(all)) {
        if (!name.startsWith(prefix)) continue;
        const key = name.slice(prefix.length);
        input[key] = decode(key, text);
        problems.push(...encryptionProblems(key, secretKeys.includes(name), input[key]));
    }
    if (problems.length === 0) return input;
    const result = checkConfig(input);
    const others = (result.ok ? [] : result.problems).map((one) =>
        secretKeys.includes(`${prefix}${String(one.path[0])}`) ? masked(one) : one,
    );
    throw new ConfigError(project, [...problems, ...others]);
}

/** Problems with the encryption of a key. */
function encryptionProblems(key: string, encrypted: boolean, value: unknown): Problem[] {
    if (key !== SECRETS) {
        if (!encrypted) return [];
        const expected = "a plain value, because the cluster stores it unencrypted";
        return [masked(wrongValue([key], expected, value, "Move secret variables to `secrets`"))];
    }
    if (encrypted || JSON.stringify(value) === "{}") return [];
    const fix = "Run `pulumi config set --secret --path secrets.v2.NAME VALUE`";
    return [masked(wrongValue([key], "an encrypted value", value, fix))];
}

/** Decodes a value. If it does not match the key's type it stays a string, and the schema reports it later. */
function decode(key: string, text: string): unknown {
    const type = key in KEYS ? stackType(key as keyof typeof KEYS) : "string";
    if (type === "object" || type === "array") return parseJson(text);
    if (type === "integer" && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
    if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
    return text;
}

/** The type of a key in Pulumi.yaml. Pulumi passes mappings and lists to the program as JSON. */
export function stackType(
    key: keyof typeof KEYS,
): "string" | "integer" | "boolean" | "array" | "object" {
    const { def } = unwrapped(KEYS[key].schema)._zod;
    switch (def.type) {
        case "object":
        case "record":
            return "object";
        case "array":
        case "boolean":
            return def.type;
        case "number":
            return "integer";
        default:
            return "string";
    }
}

/** The schema without its wrappers for defaults and optional values. */
export function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
    const { def } = schema._zod;
    const inner = (def as { innerType?: z.core.$ZodType }).innerType;
    return inner === undefined ? schema : unwrapped(inner);
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
