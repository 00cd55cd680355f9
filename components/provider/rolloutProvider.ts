/** The provider plugin: lets the engine create CanaryRollout for a program in any language. */
import * as pulumi from "@pulumi/pulumi";
import { TYPES } from "../../rollout/config/names";
import type { CanaryRolloutArgs } from "../args";
import { CanaryRollout } from "../canaryRollout/canaryRollout";
import schema from "./schema.json";

export class RolloutProvider implements pulumi.provider.Provider {
    readonly version = schema.version;
    readonly schema = JSON.stringify(schema);

    /** @throws pulumi.InputPropertiesError with the message that a TypeScript program gets. */
    async construct(
        name: string,
        type: string,
        inputs: pulumi.Inputs,
        options: pulumi.ComponentResourceOptions,
    ): Promise<pulumi.provider.ConstructResult> {
        if (type !== TYPES.rollout.type) {
            throw new Error(`Resource type: expected ${TYPES.rollout.type}, got ${type}.`);
        }
        const rollout = created(name, inputs as CanaryRolloutArgs, options);
        const { host, principals, shares, share, stable, canary, weight } = rollout;
        const state = { host, principals, shares, share, stable, canary, weight };
        return { urn: rollout.urn, state };
    }
}

function created(
    name: string,
    args: CanaryRolloutArgs,
    options: pulumi.ComponentResourceOptions,
): CanaryRollout {
    try {
        return new CanaryRollout(name, args, options);
    } catch (error) {
        if (!pulumi.InputPropertiesError.isInstance(error)) throw error;
        // The message lists every problem. The engine would list `errors` again, with the values, of which some are secret.
        throw new pulumi.InputPropertiesError({ message: error.message, errors: [] });
    }
}
