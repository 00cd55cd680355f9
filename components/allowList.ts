/** For services that a rollout calls: an allow-list entry that contains both versions. */
import * as pulumi from "@pulumi/pulumi";
import type { Principals } from "../rollout/plan/principals";

/** An entry in `from` of an AuthorizationPolicy. */
export interface Source {
    readonly source: { readonly principals: pulumi.Output<string>[] };
}

/**
 * An entry in `from` of an AuthorizationPolicy that allows both versions of a rollout, even if only one runs:
 * `rules: [{ from: [bothPrincipals(web)] }]`. Accepts a CanaryRollout, or the output of another stack:
 * `bothPrincipals({ principals: stack.requireOutput("principals") })`.
 */
export function bothPrincipals(rollout: { readonly principals: pulumi.Input<Principals> }): Source {
    const { v1, v2 } = pulumi.output(rollout.principals);
    return { source: { principals: [v1, v2] } };
}
