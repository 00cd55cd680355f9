/** What the driver reads from a stack: its rollout, the driver's config, and the cluster. */
import { createHash } from "node:crypto";
import { masked } from "../../../rollout/config/problems";
import { problemList } from "../../../rollout/config/stackValues";
import { checkDriverConfig, DRIVER_NAMESPACE, type DriverConfig } from "./driverConfig";
import type { RolloutTarget } from "./rolloutTarget";

/** A value as `pulumi config --json --show-secrets` prints it. */
export interface ConfigText {
    readonly value?: string;
    readonly secret?: boolean;
}

export interface ReadConfig {
    readonly rollout: RolloutTarget;
    readonly driver: DriverConfig;
    /** The cluster that the stack deploys to, as config of the Kubernetes provider. */
    readonly cluster: { readonly context?: string; readonly kubeconfig?: string };
    /** SHA-256 of the stack's config without the weight, which a rollout changes. */
    readonly hash: string;
}

/** @throws Error that lists every problem of the driver's config. */
export function readConfig(
    all: Readonly<Record<string, ConfigText>>,
    rollout: RolloutTarget,
): ReadConfig {
    const driver = checkDriverConfig(driverInput(all));
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
    return { rollout, driver: driver.config, cluster, hash: hashOf(all, rollout.weightKey) };
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

function hashOf(all: Readonly<Record<string, ConfigText>>, weightKey: string): string {
    const kept = Object.keys(all)
        .filter((key) => key !== weightKey)
        .sort()
        .map((key) => [key, all[key]?.value]);
    return createHash("sha256").update(JSON.stringify(kept)).digest("hex");
}
