/** What a service that a rollout calls needs, so that it never lets in one version and refuses the other. */
import * as pulumi from "@pulumi/pulumi";
import type { Principals } from "../rollout/plan/principals";

/** An entry of an AuthorizationPolicy's `from`. */
export interface Source {
    readonly source: { readonly principals: pulumi.Output<string>[] };
}

/**
 * Both versions of a rollout as one entry of an AuthorizationPolicy's `from`, whichever of them runs or gets requests:
 * `rules: [{ from: [bothPrincipals(web)] }]`. Takes a CanaryRollout, or another program's principals:
 * `bothPrincipals({ principals: stack.requireOutput("principals") })`.
 */
export function bothPrincipals(rollout: { readonly principals: pulumi.Input<Principals> }): Source {
    const { v1, v2 } = pulumi.output(rollout.principals);
    return { source: { principals: [v1, v2] } };
}
