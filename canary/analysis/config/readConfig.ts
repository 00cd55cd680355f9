/** What the driver reads from a stack: its rollout, the driver's config, and the cluster. */
import { createHash } from "node:crypto";
import { masked } from "../../../rollout/config/problems";
import { problemList } from "../../../rollout/config/stackValues";
import { checkDriverConfig, DRIVER_NAMESPACE, type DriverConfig } from "./driverConfig";
import { withResponseSize } from "./metrics/responseSize";
import type { RolloutTarget } from "./rolloutTarget";

/** A value as `pulumi config --json --show-secrets` prints it. */
export interface ConfigText {
    readonly value?: string;
    readonly secret?: boolean;
}

export interface ReadConfig {
    readonly rollout: RolloutTarget;
    /** The stack's other rollouts. */
    readonly others: readonly RolloutTarget[];
    /** The configured weight of every rollout of the stack, by URN. */
    readonly weights: Readonly<Record<string, number>>;
    readonly driver: DriverConfig;
    /** The cluster that the stack deploys to, as config of the Kubernetes provider. */
    readonly cluster: { readonly context?: string; readonly kubeconfig?: string };
    /** SHA-256 of the stack's config without the weights, which rollouts change. */
    readonly hash: string;
}

/** @throws Error that lists every problem of the driver's config. */
export function readConfig(
    all: Readonly<Record<string, ConfigText>>,
    rollout: RolloutTarget,
    others: readonly RolloutTarget[] = [],
): ReadConfig {
    const weightKeys = [rollout, ...others].flatMap(({ weightKey }) => weightKey ?? []);
    const settings = without(all, weightKeys);
    const driver = checkDriverConfig(driverInput(settings));
    if (!driver.ok) {
        const problems = driver.problems.map((problem) => {
            const key = `${DRIVER_NAMESPACE}:${String(problem.path[0])}`;
            return all[key]?.secret ? masked(problem) : problem;
        });
        const page = "docs/driver/configuration.md";
        throw new Error(problemList("The driver's config", DRIVER_NAMESPACE, problems, page));
    }
    const cluster = {
        context: all["kubernetes:context"]?.value,
        kubeconfig: all["kubernetes:kubeconfig"]?.value,
    };
    const weights = [rollout, ...others].map(
        (one) => [one.urn, configuredWeight(one, all)] as const,
    );
    return {
        rollout,
        others,
        weights: Object.fromEntries(weights),
        driver: { ...driver.config, analysis: withResponseSize(driver.config.analysis) },
        cluster,
        hash: hashOf(settings),
    };
}

/** The weight in the stack's config: 0 without a value. If the program itself sets the weight, that of the last update. */
function configuredWeight(
    { weightKey, weight }: RolloutTarget,
    all: Readonly<Record<string, ConfigText>>,
): number {
    return weightKey === undefined ? weight : Number(all[weightKey]?.value ?? 0);
}

function without(
    all: Readonly<Record<string, ConfigText>>,
    keys: readonly string[],
): Readonly<Record<string, ConfigText>> {
    return Object.fromEntries(Object.entries(all).filter(([key]) => !keys.includes(key)));
}

function driverInput(all: Readonly<Record<string, ConfigText>>): Record<string, unknown> {
    const prefix = `${DRIVER_NAMESPACE}:`;
    return Object.fromEntries(
        Object.entries(all)
            .filter(([key]) => key.startsWith(prefix))
            .map(([key, { value = "" }]) => [key.slice(prefix.length), parseJson(value)]),
    );
}

/** The driver's keys are mappings and lists, so a value that is not JSON stays a string, which the schema rejects. */
function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

function hashOf(settings: Readonly<Record<string, ConfigText>>): string {
    const kept = Object.keys(settings)
        .sort()
        .map((key) => [key, settings[key]?.value]);
    return createHash("sha256").update(JSON.stringify(kept)).digest("hex");
}
