/** A dark launch: copies of requests to the canary, by a way of their own. */
import type { RolloutConfig } from "../config";
import type { Plan } from "../plan";
import { EXEMPT_PREFIX } from "../rules/exemption";
import { SAFE_METHODS } from "../schema/mirror";
import { selectorLabels } from "./labels";
import type { HttpMatch } from "./matches";
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

/** Whoever names a method that is not safe has been asked; every preview says so again. */
export function mirrorExemption(config: RolloutConfig): Record<string, string> {
    const unsafe = config.mirror.methods.filter((method) => !SAFE_METHODS.includes(method));
    if (!mirrors(config) || unsafe.length === 0) return {};
    const reason = `mirror.methods names ${unsafe.join(", ")}`;
    return { [`${EXEMPT_PREFIX}mirror-methods`]: `9999-12-31 ${reason}` };
}
