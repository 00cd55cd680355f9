/** The route for protocol tcp. It splits connections by weight; TCP offers no other criterion. */
import type { RolloutConfig } from "../../config/rolloutConfig";
import { SLOTS } from "../../config/slots";
import type { Plan } from "../../plan/plan";

export function tcpRoute({ port }: RolloutConfig, { host, shares }: Plan) {
    return {
        route: SLOTS.map((slot) => ({
            destination: { host, subset: slot, port: { number: port } },
            weight: shares[slot],
        })),
    };
}
