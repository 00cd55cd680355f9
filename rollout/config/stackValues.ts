/** A Pulumi stack's config, in which every value is a string, as the config of a rollout. */
import type { z } from "zod";
import { masked, type Problem, problemLine, wrongValue } from "./problems";
import { checkConfig, KEYS, type RolloutConfig } from "./rolloutConfig";

/** The one key that is encrypted, and must be. */
const SECRETS = "secrets";

/** Everything wrong with a stack's config, as one message that can end `pulumi up`. */
export class ConfigError extends Error {
    override readonly name = "ConfigError";

    constructor(
        project: string,
        readonly problems: readonly Problem[],
    ) {
        super(problemList("The stack's config", project, problems, "docs/configuration.md"));
    }
}

/** A message that lists problems, one a line, each with its key. */
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
 * The keys of a stack's config that belong to its project, decoded but not checked.
 * @param all every config value of the stack as Pulumi gives it: `{"istio-canary:weight": "25"}`; keys of other namespaces
 * are ignored.
 * @param secretKeys keys among them that are encrypted.
 * @returns the input, and what is wrong with the way in which keys are stored.
 */
export function stackInput(
    all: Readonly<Record<string, string>>,
    project: string,
    secretKeys: readonly string[] = [],
): { readonly input: Readonly<Record<string, unknown>>; readonly problems: readonly Problem[] } {
    const prefix = `${project}:`;
    const input: Record<string, unknown> = {};
    const problems: Problem[] = [];
    for (const [name, text] of Object.entries(all)) {
        if (!name.startsWith(prefix)) continue;
        const key = name.slice(prefix.length);
        input[key] = decoded(key, text);
        problems.push(...encryption(key, secretKeys.includes(name), input[key]));
    }
    return { input, problems };
}

/**
 * The rollout config of a stack, for tools that read it without running the program. Parameters as of stackInput.
 * @throws ConfigError that names every problem.
 */
export function readStackConfig(
    all: Readonly<Record<string, string>>,
    project: string,
    secretKeys: readonly string[] = [],
): RolloutConfig {
    const { input, problems } = stackInput(all, project, secretKeys);
    const result = checkConfig(input);
    if (result.ok && problems.length === 0) return result.config;
    const invalid = result.ok ? [] : result.problems;
    throw new ConfigError(project, [
        ...problems,
        ...invalid.map((one) => {
            const encrypted = secretKeys.includes(`${project}:${String(one.path[0])}`);
            return encrypted ? masked(one) : one;
        }),
    ]);
}

/** What is wrong with the way in which a key is stored. */
function encryption(key: string, encrypted: boolean, value: unknown): Problem[] {
    if (key !== SECRETS) {
        if (!encrypted) return [];
        const expected = "a plain value, because it is written readable to the cluster";
        return [masked(wrongValue([key], expected, value, "Put secret variables into secrets"))];
    }
    if (encrypted || JSON.stringify(value) === "{}") return [];
    const fix = "Run: pulumi config set --secret --path secrets.v2.NAME VALUE";
    return [masked(wrongValue([key], "an encrypted value", value, fix))];
}

/** A value that does not look like its type stays a string, so that the schema reports it by its key. */
function decoded(key: string, text: string): unknown {
    const type = key in KEYS ? stackType(key as keyof typeof KEYS) : "string";
    if (type === "object" || type === "array") return parsedJson(text);
    if (type === "integer" && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
    if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
    return text;
}

/** The type of a key in Pulumi.yaml; mappings and lists are JSON in a stack's config. */
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

/** The schema inside of its defaults. */
export function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
    const { def } = schema._zod;
    const inner = (def as { innerType?: z.core.$ZodType }).innerType;
    return inner === undefined ? schema : unwrapped(inner);
}

function parsedJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
