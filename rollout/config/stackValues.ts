/** A Pulumi stack's config, where every value is a text, as the config of a rollout. */

import { type Problem, pathText } from "./problems";
import { checkConfig, type RolloutConfig } from "./rolloutConfig";

/** The one key that is encrypted, and must be. */
const SECRETS = "secrets";

/** Keys whose values are mappings or lists; Pulumi hands them over as JSON. */
const STRUCTURED = new Set([
    "versions",
    SECRETS,
    "ladder",
    "sticky",
    "targets",
    "jwt",
    "mirror",
    "stableOnlyPaths",
    "retries",
    "connectionPool",
    "outlierDetection",
    "loadBalancing",
    "capacity",
    "callers",
    "hosts",
    "gateways",
    "gateway",
    "exemptions",
]);
const INTEGERS = new Set(["port", "weight", "totalReplicas"]);
const BOOLEANS = new Set(["createNamespace"]);

/** Everything wrong with a stack's config, as one message that is fit to end `pulumi up`. */
export class ConfigError extends Error {
    constructor(
        project: string,
        readonly problems: readonly Problem[],
    ) {
        const lines = problems.map(
            ({ path, reason }) => `  ${project}:${pathText(path)}: ${reason}.`,
        );
        const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
        super(
            [
                `The stack's config has ${count}; nothing was changed.`,
                ...lines,
                "Set a value with: pulumi config set --path KEY VALUE. Every key is described in docs/configuration.md.",
            ].join("\n"),
        );
        this.name = "ConfigError";
    }
}

/**
 * The rollout config of a stack.
 * @param all every config value of the stack as Pulumi gives it: `{"istio-canary:weight": "25"}`;
 * keys of other namespaces are left alone.
 * @param secretKeys keys among them that are encrypted; a rollout's config ends up readable in the cluster.
 * @throws ConfigError that names every problem.
 */
export function readStackConfig(
    all: Readonly<Record<string, string>>,
    project: string,
    secretKeys: readonly string[] = [],
): RolloutConfig {
    const prefix = `${project}:`;
    const input: Record<string, unknown> = {};
    const problems: Problem[] = [];
    for (const [name, text] of Object.entries(all)) {
        if (!name.startsWith(prefix)) continue;
        const key = name.slice(prefix.length);
        input[key] = decode(key, text);
        const reason = encryption(key, secretKeys.includes(name), input[key]);
        if (reason !== undefined) problems.push({ path: [key], reason });
    }
    const result = checkConfig(input);
    if (!result.ok) problems.push(...result.problems);
    if (!result.ok || problems.length > 0) throw new ConfigError(project, problems);
    return result.config;
}

/** What is wrong with the way in which a key is kept. */
function encryption(key: string, encrypted: boolean, value: unknown): string | undefined {
    if (key !== SECRETS) {
        return encrypted
            ? "must not be encrypted, because it is written readable to the cluster; what is secret goes into secrets"
            : undefined;
    }
    if (encrypted || JSON.stringify(value) === "{}") return undefined;
    return "must be encrypted: pulumi config set --secret --path secrets.v2.NAME VALUE";
}

/** A value that does not look like its type stays a text, for the schema to refuse it by name. */
function decode(key: string, text: string): unknown {
    if (STRUCTURED.has(key)) return parseJson(text);
    if (INTEGERS.has(key) && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
    if (BOOLEANS.has(key) && (text === "true" || text === "false")) return text === "true";
    return text;
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
