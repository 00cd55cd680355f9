/** Mirroring (dark launch): copies of requests go to the canary through a separate subset. */
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { HttpMatch } from "../../config/routing/requestMatch";
import type { Plan } from "../../plan/plan";
import { canaryPolicy } from "./trafficPolicy";

/** A second subset of the canary's pods, so that copies do not share limits, ejections or counters with users' requests. */
const SUBSET = "mirror";

/** Whether the config mirrors requests. */
export function mirrors({ mirror }: RolloutConfig): boolean {
    return mirror.percentage > 0;
}

/** The subset that receives the copies. */
export function mirrorSubset(config: RolloutConfig, { canary, subsets }: Plan) {
    const policy = canaryPolicy(config);
    return {
        name: SUBSET,
        labels: subsets[canary],
        ...(policy && { trafficPolicy: policy }),
    };
}

/** The fields of a route that mirrors: matched methods, destination and percentage. */
export function mirrorRoute({ mirror, port }: RolloutConfig, { host }: Plan) {
    return {
        match: mirror.methods.map((method): HttpMatch => ({ method: { exact: method } })),
        mirror: { host, subset: SUBSET, port: { number: port } },
        mirrorPercentage: { value: mirror.percentage },
    };
}
