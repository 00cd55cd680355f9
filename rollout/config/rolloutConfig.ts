/** The config of a rollout: all keys with their defaults, and a check that reports every problem at once. */
import type { z } from "zod";
import { isSame, type Key } from "./key";
import { masked, type Problem, problemsOf, valueAt, wrongValue } from "./problems";
import { faultRelations } from "./routing/fault";
import { ownRouteKeys } from "./routing/ownRoutes";
import { routeRelations } from "./routing/routeRelations";
import { routingKeys, routingRelations } from "./routing/routingApi";
import { appKeys } from "./topics/app";
import { capacityKeys, capacityRelations } from "./topics/capacity";
import { exemptionKeys } from "./topics/exemptions";
import { gatewayKeys, gatewayRelations } from "./topics/gateway";
import { identityKeys } from "./topics/identity";
import { claimRelations, jwtKeys } from "./topics/jwt";
import { mirrorKeys, mirrorRelations } from "./topics/mirror";
import { modeKeys, modeRelations } from "./topics/mode";
import { REQUEST_LIMITS, resilienceKeys, timeRelations } from "./topics/resilience";
import { roleKeys, roleRelations } from "./topics/roles";
import { serviceKeys, serviceRelations } from "./topics/service";
import { portKeys, portRelations } from "./topics/servicePorts";
import { stickyKeys, stickyRelations } from "./topics/sticky";
import { targetKeys, targetRelations } from "./topics/targets";
import { DEFAULT_REPLICAS, versionKeys } from "./version/version";
import { versionRelations } from "./version/versionRelations";
import { workloadRefRelations } from "./version/workloadRef";

/** All keys, in the order of the docs and of error lists. */
export const KEYS = {
    ...appKeys,
    ...portKeys,
    ...serviceKeys,
    ...versionKeys,
    ...roleKeys,
    ...targetKeys,
    ...stickyKeys,
    ...mirrorKeys,
    ...resilienceKeys,
    ...capacityKeys,
    ...identityKeys,
    ...gatewayKeys,
    ...ownRouteKeys,
    ...routingKeys,
    ...jwtKeys,
    ...modeKeys,
    ...exemptionKeys,
};

export type ConfigKey = keyof typeof KEYS;
export const CONFIG_KEYS = Object.keys(KEYS) as ConfigKey[];

type Shape = { [Name in ConfigKey]: (typeof KEYS)[Name]["schema"] };
type Schema = z.ZodObject<Shape, z.core.$strict>;

/** A rollout's config as the user writes it: keys with a default may be absent. */
export type RolloutInput = z.input<Schema>;
/** A rollout's config with every default filled in. */
export type RolloutConfig = z.output<Schema>;

export type ConfigResult =
    | { readonly ok: true; readonly config: RolloutConfig }
    | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Checks a rollout's config and fills in its defaults. Never throws. Reports every problem of the input: it checks a relation
 * between two keys whenever both are valid, even if other keys are not.
 */
export function checkConfig(input: unknown): ConfigResult {
    if (typeof input !== "object" || input === null || Array.isArray(input)) {
        return { ok: false, problems: [wrongValue([], "a mapping", input)] };
    }
    const values = input as Record<string, unknown>;
    const problems: Problem[] = [];
    const config: Record<string, unknown> = {};
    for (const name of CONFIG_KEYS) {
        const result = KEYS[name].schema.safeParse(values[name]);
        if (result.success) {
            config[name] = result.data;
            continue;
        }
        const found = problemsOf(prefixPaths(result.error.issues, name), values);
        problems.push(...(name === "secrets" ? found.map(masked) : found));
    }
    for (const name of Object.keys(values)) {
        if (name in KEYS) continue;
        problems.push({ code: "unknown-key", path: [name], allowed: CONFIG_KEYS });
    }
    problems.push(...relationProblems(config).map((problem) => withWrittenValue(problem, values)));
    return problems.length === 0
        ? { ok: true, config: config as RolloutConfig }
        : { ok: false, problems };
}

/** Relations read values with defaults filled in, but messages show the value that the user wrote. */
function withWrittenValue(problem: Problem, values: Record<string, unknown>): Problem {
    if (problem.code === "unknown-key" || problem.path[0] === "secrets") return problem;
    return { ...problem, found: valueAt(values, problem.path) ?? problem.found };
}

/** A key's default; undefined if it is required. */
export function defaultOf(name: ConfigKey): unknown {
    return KEYS[name].schema.safeParse(undefined).data;
}

function prefixPaths(issues: readonly z.core.$ZodIssue[], name: string): z.core.$ZodIssue[] {
    return issues.map((issue) => ({ ...issue, path: [name, ...issue.path] }));
}

/** Problems between keys. A key is absent here if its own schema already reported a problem. */
function relationProblems(config: Partial<RolloutConfig>): Problem[] {
    return [
        ...serviceRelations(config),
        ...portRelations(config),
        ...roleRelations(config),
        ...timeRelations(config),
        ...targetRelations(config),
        ...stickyRelations(config),
        ...claimRelations(config),
        ...mirrorRelations(config),
        ...gatewayRelations(config),
        ...routeRelations(config),
        ...faultRelations(config),
        ...routingRelations(config, defaultOf),
        ...protocolRelations(config),
        ...capacityRelations(config),
        ...versionRelations(config),
        ...workloadRefRelations(config),
        ...modeRelations(config, DEFAULT_REPLICAS),
        ...istioRelations(config),
    ];
}

/** Keys that protocol tcp cannot apply. A value that equals the default may come from Pulumi.yaml, so it counts as not set. */
function protocolRelations(config: Partial<RolloutConfig>): Problem[] {
    if (config.protocol !== "tcp") return [];
    const expected = "no value, because protocol tcp has no requests";
    const { connectionPool: pool, loadBalancing } = config;
    const usual = defaultOf("connectionPool") as RolloutConfig["connectionPool"];
    const hash = loadBalancing?.consistentHash;
    return [
        ...keysWithoutEffect(config, ({ needsRequests }) => needsRequests === true, expected),
        ...REQUEST_LIMITS.filter((limit) => !isSame(pool?.[limit], usual[limit])).map((limit) =>
            wrongValue(["connectionPool", limit], expected, pool?.[limit]),
        ),
        ...(hash !== undefined && hash.sourceIp !== true
            ? [wrongValue(["loadBalancing", "consistentHash"], "sourceIp with protocol tcp", hash)]
            : []),
    ];
}

function istioRelations(config: Partial<RolloutConfig>): Problem[] {
    if (config.mode !== "replicas") return [];
    const expected = "no value, because mode replicas runs without Istio";
    return keysWithoutEffect(config, ({ needsIstio }) => needsIstio === true, expected);
}

/** Keys that are set but have no effect. Pulumi fills in the defaults of Pulumi.yaml, so a default counts as not set. */
function keysWithoutEffect(
    config: Partial<RolloutConfig>,
    hasNoEffect: (one: Key) => boolean,
    expected: string,
): Problem[] {
    return CONFIG_KEYS.filter(
        (name) =>
            hasNoEffect(KEYS[name]) &&
            config[name] !== undefined &&
            !isSame(config[name], defaultOf(name)),
    ).map((name) => wrongValue([name], expected, config[name]));
}
