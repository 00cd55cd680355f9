import assert from "node:assert/strict";
import { rolloutsIn } from "../../../../../canary/driver/pulumi/stackState";

const urnOf = (name: string) => `urn:pulumi:prod::shop::istio-canary:index:CanaryRollout::${name}`;

/** A rollout's resource, as in `pulumi stack export`. */
function resource(target: object | undefined, name = "web", type = "istio-canary") {
    const host = "web.shop.svc.cluster.local";
    const outputs = { host, stable: "v1", canary: "v2", weight: 25, ...(target && { target }) };
    return { urn: urnOf(name), type: `${type}:index:CanaryRollout`, outputs };
}

const target = {
    app: "web",
    namespace: "shop",
    port: 80,
    otherPorts: [9000],
    routing: "gateway-api",
    protocol: "http",
    mode: "istio",
    ladder: [10, 100],
    images: {
        v1: "web:1",
        v2: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" },
    },
    autoscaling: { v1: "own", v2: "external" },
    weightKey: "shop:weight",
};

describe("rolloutsIn", () => {
    it("reads the rollouts among a program's other resources", () => {
        const others = [{ urn: "urn:other", type: "aws:s3:Bucket", outputs: { target } }];
        const found = rolloutsIn({ resources: [...others, resource(target)] });
        assert.deepEqual(found, [
            {
                ...target,
                urn: urnOf("web"),
                name: "web",
                idPrefix: "web",
                host: "web.shop.svc.cluster.local",
                stable: "v1",
                canary: "v2",
                weight: 25,
                // Leaves out v2, whose image is a secret.
                images: { v1: "web:1" },
            },
        ]);
    });

    it("leaves out rollouts of an earlier release, and those that an update will delete", () => {
        const earlier = resource(undefined, "web", "rollout");
        const replaced = { ...resource(target), delete: true };
        for (const resources of [undefined, [], [earlier], [replaced]]) {
            assert.deepEqual(rolloutsIn({ resources }), []);
        }
    });

    it("has no weight key if the program sets the weight", () => {
        const { weightKey: _, ...without } = target;
        const [found] = rolloutsIn({ resources: [resource(without)] });
        assert.equal(found?.weightKey, undefined);
    });

    it("tells the journals of two rollouts with the same app apart", () => {
        const orders = resource({ ...target, namespace: "orders" }, "orders");
        const cart = resource({ ...target, app: "cart" }, "cart");
        const found = rolloutsIn({ resources: [resource(target), orders, cart] });
        assert.deepEqual(
            found.map(({ idPrefix }) => idPrefix),
            ["shop-web", "orders-web", "cart"],
        );
    });
});
