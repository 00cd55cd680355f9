/** The route of a rollout whose application speaks TCP: connections by weight, as TCP has nothing else to tell them apart. */
import type { RolloutConfig } from "../../config/rolloutConfig";
import { SLOTS } from "../../config/topics/roles";
import type { Plan } from "../../plan/plan";

export function tcpRoute({ port }: RolloutConfig, { host, shares }: Plan) {
    return {
        route: SLOTS.map((slot) => ({
            destination: { host, subset: slot, port: { number: port } },
            weight: shares[slot],
        })),
    };
}
