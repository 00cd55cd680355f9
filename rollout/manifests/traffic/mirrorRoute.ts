/** A dark launch: copies of requests to the canary, by a way of their own. */
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { Plan } from "../../plan/plan";
import { selectorLabels } from "../labels";
import type { HttpMatch } from "./requestMatches";
import { canaryPolicy } from "./trafficPolicy";

/** The canary's pods once more, so that copies have limits, ejections and counters that no user's request shares. */
const SUBSET = "mirror";

/** Whether copies are made of any requests. */
export function mirrors({ mirror }: RolloutConfig): boolean {
    return mirror.percentage > 0;
}

/** The subset that copies go to. */
export function mirrorSubset(config: RolloutConfig, { app, canary }: Plan) {
    const policy = canaryPolicy(config);
    return {
        name: SUBSET,
        labels: selectorLabels(app, canary),
        ...(policy && { trafficPolicy: policy }),
    };
}

/** What makes a route mirror: the methods, the copies' destination, how many. */
export function mirrorRoute({ mirror, port }: RolloutConfig, { host }: Plan) {
    return {
        match: mirror.methods.map((method): HttpMatch => ({ method: { exact: method } })),
        mirror: { host, subset: SUBSET, port: { number: port } },
        mirrorPercentage: { value: mirror.percentage },
    };
}
