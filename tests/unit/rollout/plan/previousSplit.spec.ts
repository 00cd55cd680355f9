import assert from "node:assert/strict";
import { previousSplitIn, type StackResources } from "../../../../rollout/plan/previousSplit";
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
