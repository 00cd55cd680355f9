// The pod network: a bridge inside the sandbox's network namespace.
import { network } from "../layout";

export function cniConfig(id: string): string {
    return JSON.stringify(
        {
            cniVersion: "1.0.0",
            name: id,
            plugins: [
                {
                    type: "bridge",
                    bridge: network.podBridge,
                    isGateway: true,
                    hairpinMode: true,
                    ipam: {
                        type: "host-local",
                        ranges: [[{ subnet: network.pods }]],
                        routes: [{ dst: "0.0.0.0/0" }],
                    },
                },
                { type: "portmap", capabilities: { portMappings: true } },
            ],
        },
        null,
        4,
    );
}
