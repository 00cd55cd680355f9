/** The route for protocol tcp. It splits connections by weight; TCP offers no other criterion. */
import type { RolloutConfig } from "../../config/rolloutConfig";
import { SLOTS, type Slot } from "../../config/slots";
import type { Plan } from "../../plan/plan";

export interface TcpRoute {
    /** Absent: matches every connection. */
    readonly match?: { readonly port: number }[];
    readonly route: {
        readonly destination: {
            readonly host: string;
            readonly subset: Slot;
            readonly port: { readonly number: number };
        };
        readonly weight: number;
    }[];
}

export function tcpRoute({ port }: Pick<RolloutConfig, "port">, { host, shares }: Plan): TcpRoute {
    return {
        route: SLOTS.map((slot) => ({
            destination: { host, subset: slot, port: { number: port } },
            weight: shares[slot],
        })),
    };
}
