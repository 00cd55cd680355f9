/** Everything that a stack's config says about a rollout, for the driver: the program's keys, and its own. */
import { createHash } from "node:crypto";
import { masked } from "../../../rollout/config/problems";
import type { RolloutConfig } from "../../../rollout/config/rolloutConfig";
import { ConfigError, problemList, readStackConfig } from "../../../rollout/config/stackValues";
import { checkDriverConfig, DRIVER_NAMESPACE, type DriverConfig } from "./driverConfig";

/** A value as `pulumi config --json --show-secrets` prints it. */
export interface ConfigText {
    readonly value?: string;
    readonly secret?: boolean;
}

export interface ReadConfig {
    readonly rollout: RolloutConfig;
    readonly driver: DriverConfig;
    /** The cluster that the stack deploys to, as the Kubernetes provider is told it. */
    readonly cluster: { readonly context?: string; readonly kubeconfig?: string };
    /** SHA-256 of it all but the weight, which a rollout changes. */
    readonly hash: string;
}

/** @throws Error that names every problem of both. */
export function readConfig(all: Readonly<Record<string, ConfigText>>, project: string): ReadConfig {
    const values = Object.fromEntries(
        Object.entries(all).map(([key, { value = "" }]) => [key, value]),
    );
    const secrets = Object.keys(all).filter((key) => all[key]?.secret);
    const driver = checkDriverConfig(driverInput(values));
    const problems = driver.ok
        ? []
        : driver.problems.map((one) => {
              const encrypted = secrets.includes(`${DRIVER_NAMESPACE}:${String(one.path[0])}`);
              return encrypted ? masked(one) : one;
          });
    const driverText = () =>
        problemList("The driver's config", DRIVER_NAMESPACE, problems, "docs/driver/driver.md");
    try {
        const rollout = readStackConfig(values, project, secrets);
        if (!driver.ok) throw new Error(driverText());
        const cluster = {
            context: values["kubernetes:context"],
            kubeconfig: values["kubernetes:kubeconfig"],
        };
        return { rollout, driver: driver.config, cluster, hash: hashOf(all, project) };
    } catch (error) {
        if (error instanceof ConfigError && problems.length > 0) {
            throw new Error(`${error.message}\n${driverText()}`);
        }
        throw error;
    }
}

function driverInput(values: Readonly<Record<string, string>>): Record<string, unknown> {
    const prefix = `${DRIVER_NAMESPACE}:`;
    return Object.fromEntries(
        Object.entries(values)
            .filter(([key]) => key.startsWith(prefix))
            .map(([key, text]) => [key.slice(prefix.length), parsed(text)]),
    );
}

/** All of the driver's keys are mappings or lists; what is no JSON stays a string, for the schema to reject. */
function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

function hashOf(all: Readonly<Record<string, ConfigText>>, project: string): string {
    const kept = Object.keys(all)
        .filter((key) => key !== `${project}:weight`)
        .sort()
        .map((key) => [key, all[key]?.value]);
    return createHash("sha256").update(JSON.stringify(kept)).digest("hex");
}
