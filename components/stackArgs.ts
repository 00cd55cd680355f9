/** Reads the arguments of CanaryRollout from the config of the current stack. */
import * as pulumi from "@pulumi/pulumi";
import { REFUSED } from "../rollout/config/names";
import { ConfigError, readStackInput } from "../rollout/config/stackValues";
import type { CanaryRolloutArgs } from "./args";

/**
 * Decodes the project's config keys without checking their values, because CanaryRollout checks its arguments.
 * @throws pulumi.RunError, which Pulumi prints without a stack trace, if a key is encrypted that must be plain, or plain that
 * must be encrypted.
 */
export function stackArgs(): CanaryRolloutArgs {
    const secretKeys: string[] = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]");
    try {
        const all = pulumi.runtime.allConfig();
        return readStackInput(all, pulumi.getProject(), secretKeys) as unknown as CanaryRolloutArgs;
    } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        throw new pulumi.RunError(`${error.message} [${REFUSED}]`);
    }
}
