/** The config of the stack that is being updated, as arguments of CanaryRollout. */
import * as pulumi from "@pulumi/pulumi";
import { REFUSED } from "../rollout/config/names";
import { ConfigError, stackInput } from "../rollout/config/stackValues";
import type { CanaryRolloutArgs } from "./args";

/**
 * The project's config keys, decoded but not checked: CanaryRollout checks its arguments.
 * @throws pulumi.RunError, which Pulumi prints without a stack trace, if a key is encrypted that must not be, or the other
 * way round.
 */
export function stackArgs(): CanaryRolloutArgs {
    const secretKeys: string[] = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]");
    const project = pulumi.getProject();
    const { input, problems } = stackInput(pulumi.runtime.allConfig(), project, secretKeys);
    if (problems.length > 0) {
        const { message } = new ConfigError(project, problems);
        throw new pulumi.RunError(`${message} [${REFUSED}]`);
    }
    return input as unknown as CanaryRolloutArgs;
}
