import assert from "node:assert/strict";
import {
    previousSplitIn,
    type StackResources,
    slotOfBackend,
} from "../../../../rollout/plan/previousSplit";
import { validManifests } from "../../../fixtures/rollout/rollout";

function stateWith(weight: number, stable: "v1" | "v2" = "v1"): StackResources {
    const canary = stable === "v1" ? "v2" : "v1";
    return {
        "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev": {
            type: "pulumi:pulumi:Stack",
            outputs: {},
        },
        "urn:pulumi:dev::p::any::route": {
            type: "kubernetes:networking.istio.io/v1:VirtualService",
            outputs: validManifests({ weight, stable, canary }).virtualService,
        },
    };
}

describe("previousSplitIn", () => {
    it("reads shares and roles from the VirtualService of the previous update", () => {
        assert.deepEqual(previousSplitIn(stateWith(25), "demo", "web"), {
            shares: { v1: 75, v2: 25 },
            stable: "v1",
            direct: [],
        });
        assert.deepEqual(previousSplitIn(stateWith(25, "v2"), "demo", "web"), {
            shares: { v1: 25, v2: 75 },
            stable: "v2",
            direct: [],
        });
    });

    it("is undefined before the first update, and for another app", () => {
        assert.equal(previousSplitIn({}, "demo", "web"), undefined);
        assert.equal(previousSplitIn(stateWith(25), "demo", "shop"), undefined);
        assert.equal(previousSplitIn(stateWith(25), "other", "web"), undefined);
    });
});

describe("slotOfBackend", () => {
    it("takes no Service of another app for a slot", () => {
        const place = { hosts: ["api.example.com"], gateways: ["mesh", "edge/public"] };
        const match = [{ uri: { prefix: "/orders/" } }];
        const shared = { routing: "gateway-api" as const, ...place, match };
        const { gatewayHttpRoute } = validManifests(shared);
        const { httpRoute } = validManifests({ routing: "gateway-api", app: "web-gateway" });
        assert.equal(gatewayHttpRoute?.metadata.name, httpRoute?.metadata.name);
        assert.equal(slotOfBackend(gatewayHttpRoute, { name: "web-v2" }), "v2");
        assert.equal(slotOfBackend(gatewayHttpRoute, { name: "web-gateway-v2" }), undefined);
        assert.equal(slotOfBackend(httpRoute, { name: "web-gateway-v2" }), "v2");
        assert.equal(slotOfBackend(httpRoute, { name: "web-v2" }), undefined);
    });
});
