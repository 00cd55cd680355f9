/** The config of the stack that is being updated, as the config of a rollout. */
import * as pulumi from "@pulumi/pulumi";
import type { RolloutConfig } from "../rollout/config/rolloutConfig";
import { ConfigError, readStackConfig } from "../rollout/config/stackValues";

/**
 * Reads and checks the whole config of the current stack.
 * @throws pulumi.RunError, which Pulumi prints without a stack trace, with every problem at once.
 */
export function stackConfig(): RolloutConfig {
    const secretKeys: string[] = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]");
    try {
        return readStackConfig(pulumi.runtime.allConfig(), pulumi.getProject(), secretKeys);
    } catch (error) {
        throw error instanceof ConfigError ? new pulumi.RunError(error.message) : error;
    }
}
