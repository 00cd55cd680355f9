/** The config of a rollout: its shape, its defaults, and everything that is wrong with one, all at once. */
import { z } from "zod";
import { parseDuration } from "./duration";
import { boolean, dnsLabel, duration, integer, mapping, oneOf } from "./fields";
import { masked, type Problem, problemsOf, unknownKey, wrong } from "./problems";
import { capacityRelations, capacitySchema } from "./topics/capacity";
import { exemptionsSchema } from "./topics/exemptions";
import { gatewayKeys } from "./topics/gateway";
import { gatewayRelations } from "./topics/gatewayRelations";
import { identityKeys } from "./topics/identity";
import { claimRelations, jwtSchema } from "./topics/jwt";
import { DEFAULT_LADDER } from "./topics/ladder";
import { ladderSchema } from "./topics/ladderSchema";
import { mirrorRelations, mirrorSchema } from "./topics/mirror";
import { modeKeys } from "./topics/mode";
import { modeRelations } from "./topics/modeRelations";
import { PROTOCOLS, protocolRelations } from "./topics/protocol";
import {
    connectionPoolSchema,
    loadBalancingSchema,
    outlierDetectionSchema,
    retriesSchema,
} from "./topics/resilience";
import { DEFAULT_STABLE_ONLY_PATHS, stableOnlyPathsSchema } from "./topics/stableOnlyPaths";
import { stickyRelations, stickySchema } from "./topics/sticky";
import { targetRelations, targetsSchema } from "./topics/targets";
import { secretsSchema } from "./version/secrets";
import { versionSchema } from "./version/version";
import { workloadRelations } from "./version/versionRelations";

/** The version slots. Each is a Deployment, a subset and the value of the pod label `version`. */
export const SLOTS = ["v1", "v2"] as const;
export type Slot = (typeof SLOTS)[number];

const shape = {
    // "-v1" and the suffix of a pod's name must still fit into 63.
    app: dnsLabel(40),
    namespace: dnsLabel(),
    createNamespace: boolean().default(false),
    port: integer(1, 65_535).default(80),
    protocol: oneOf(PROTOCOLS).default("http"),
    versions: mapping({ v1: versionSchema.optional(), v2: versionSchema.optional() }),
    secrets: secretsSchema.prefault({}),
    stable: oneOf(SLOTS).default("v1"),
    canary: oneOf(SLOTS).default("v2"),
    weight: integer(0, 100).default(0),
    ladder: ladderSchema.default(DEFAULT_LADDER),
    sticky: stickySchema.prefault({}),
    targets: targetsSchema.default([]),
    jwt: jwtSchema.prefault({}),
    mirror: mirrorSchema.prefault({}),
    stableOnlyPaths: stableOnlyPathsSchema.default(DEFAULT_STABLE_ONLY_PATHS),
    timeout: duration("1ms", "1h").default("5s"),
    retries: retriesSchema.prefault({}),
    connectionPool: connectionPoolSchema.prefault({}),
    outlierDetection: outlierDetectionSchema.prefault({}),
    loadBalancing: loadBalancingSchema.prefault({}),
    capacity: capacitySchema.prefault({}),
    drain: duration("1s", "5m", true).default("10s"),
    ...identityKeys,
    ...gatewayKeys,
    ...modeKeys,
    exemptions: exemptionsSchema.default({}),
};

export const rolloutSchema = z.strictObject(shape);

/** A rollout's config as written: keys with a default may be left out. */
export type RolloutInput = z.input<typeof rolloutSchema>;
/** A rollout's config with every default filled in. */
export type RolloutConfig = z.output<typeof rolloutSchema>;
export type ConfigKey = keyof typeof shape;

export const CONFIG_KEYS = Object.keys(shape) as ConfigKey[];

export type ConfigResult =
    | { readonly ok: true; readonly config: RolloutConfig }
    | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Checks a rollout's config and fills in its defaults. Never throws; reports every problem of the input,
 * because a relation between two keys is judged whenever these two keys are valid, whatever the others are.
 */
export function checkConfig(input: unknown): ConfigResult {
    if (typeof input !== "object" || input === null || Array.isArray(input)) {
        return { ok: false, problems: [{ path: [], reason: wrong("must be a mapping", input) }] };
    }
    const values = input as Record<string, unknown>;
    const problems: Problem[] = [];
    const config: Record<string, unknown> = {};
    for (const key of CONFIG_KEYS) {
        const result = shape[key].safeParse(values[key]);
        if (result.success) config[key] = result.data;
        else {
            const found = key === "secrets" ? masked(values) : values;
            problems.push(...problemsOf(prefixed(result.error.issues, key), found));
        }
    }
    for (const key of Object.keys(values)) {
        if (!(key in shape)) problems.push({ path: [key], reason: unknownKey(key, CONFIG_KEYS) });
    }
    problems.push(...relations(config), ...modeRelations(values, config, defaultOf));
    return problems.length === 0
        ? { ok: true, config: config as RolloutConfig }
        : { ok: false, problems };
}

function defaultOf(key: ConfigKey): unknown {
    return shape[key].safeParse(undefined).data;
}

function prefixed(issues: readonly z.core.$ZodIssue[], key: string): z.core.$ZodIssue[] {
    return issues.map((issue) => ({ ...issue, path: [key, ...issue.path] }));
}

/** Problems between keys; a key that is absent here was reported already. */
function relations(config: Partial<RolloutConfig>): Problem[] {
    return [
        ...slotRelations(config),
        ...timeRelations(config),
        ...targetRelations(config),
        ...stickyRelations(config),
        ...claimRelations(config),
        ...mirrorRelations(config),
        ...gatewayRelations(config),
        ...protocolRelations(config, defaultOf),
        ...capacityRelations(config),
        ...workloadRelations(config),
    ];
}

function slotRelations({ stable, canary, weight, versions }: Partial<RolloutConfig>): Problem[] {
    const problems: Problem[] = [];
    if (stable !== undefined && stable === canary) {
        const other = stable === "v1" ? "v2" : "v1";
        const reason = `must be the other slot than stable; found ${canary} for both, set it to ${other}`;
        problems.push({ path: ["canary"], reason });
    }
    if (versions !== undefined && stable !== undefined && versions[stable] === undefined) {
        const reason = `is missing; must be there, because stable is ${stable}`;
        problems.push({ path: ["versions", stable], reason });
    }
    if (versions === undefined || weight === undefined || weight === 0) return problems;
    if (canary !== undefined && canary !== stable && versions[canary] === undefined) {
        const reason = `is missing; must be there while weight is ${weight}: set weight to 0, or say what the canary runs`;
        problems.push({ path: ["versions", canary], reason });
    }
    return problems;
}

function timeRelations(config: Partial<RolloutConfig>): Problem[] {
    const { protocol, timeout, retries, connectionPool } = config;
    const problems: Problem[] = [];
    if (protocol === "tcp") return problems;
    const whole = parseDuration(timeout);
    if (whole === undefined) return problems;
    const perTry = parseDuration(retries?.perTryTimeout);
    if (retries !== undefined && perTry !== undefined) {
        const tries = retries.attempts + 1;
        if (perTry * tries > whole) {
            const must = `must fit into timeout (${timeout}) for each of ${tries} tries (the first and ${retries.attempts} retries)`;
            const reason = `${must}; found ${retries.perTryTimeout} × ${tries}`;
            problems.push({ path: ["retries", "perTryTimeout"], reason });
        }
    }
    const connect = parseDuration(connectionPool?.connectTimeout);
    if (connect !== undefined && connect > whole) {
        const reason = wrong(
            `must not exceed timeout (${timeout})`,
            connectionPool?.connectTimeout,
        );
        problems.push({ path: ["connectionPool", "connectTimeout"], reason });
    }
    return problems;
}
