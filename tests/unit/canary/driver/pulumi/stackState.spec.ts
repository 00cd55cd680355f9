import assert from "node:assert/strict";
import { rolloutIn } from "../../../../../canary/driver/pulumi/stackState";

/** A rollout's resource, as in `pulumi stack export`. */
function resource(target: object | undefined, app = "web", type = "istio-canary") {
    const outputs = { stable: "v1", canary: "v2", weight: 25, ...(target && { target }) };
    return { urn: `urn:${app}`, type: `${type}:index:CanaryRollout`, outputs };
}

const target = {
    app: "web",
    namespace: "shop",
    port: 80,
    protocol: "http",
    mode: "istio",
    ladder: [10, 100],
    images: {
        v1: "web:1",
        v2: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" },
    },
    weightKey: "shop:weight",
};

describe("rolloutIn", () => {
    it("reads the rollout among a program's other resources", () => {
        const others = [{ urn: "urn:other", type: "aws:s3:Bucket", outputs: { target } }];
        const found = rolloutIn({ resources: [...others, resource(target)] }, "prod");
        assert.deepEqual(found, {
            ...target,
            stable: "v1",
            canary: "v2",
            weight: 25,
            // Leaves out v2, whose image is a secret.
            images: { v1: "web:1" },
        });
    });

    it("says what to do if there is no rollout, or only one of an earlier release", () => {
        const earlier = resource(undefined, "web", "rollout");
        for (const resources of [undefined, [], [earlier]]) {
            assert.throws(
                () => rolloutIn({ resources }, "prod"),
                /Stack prod has no CanaryRollout of this release\. Deploy it at weight 0 first: run `pulumi up`\./,
            );
        }
    });

    it("names the rollouts if there are several", () => {
        const resources = [resource(target), resource({ ...target, app: "cart" }, "cart")];
        assert.throws(
            () => rolloutIn({ resources }, "prod"),
            /expected one rollout, got 2 \(shop\/web, shop\/cart\)/,
        );
    });
});
