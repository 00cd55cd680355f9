/** The route of a rollout whose application speaks TCP: connections by weight, as TCP has nothing else to tell them apart. */
import { type RolloutConfig, SLOTS } from "../../config/rolloutConfig";
import type { Plan } from "../../plan/plan";

export function tcpRoute({ port }: RolloutConfig, { host, shares }: Plan) {
    return {
        route: SLOTS.map((slot) => ({
            destination: { host, subset: slot, port: { number: port } },
            weight: shares[slot],
        })),
    };
}
