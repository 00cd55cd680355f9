import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CanaryRollout } from "../../components";
import { refuseNewUrn } from "../../components/canaryRollout/aliases";
import { registeredBy } from "../fixtures/rollout/mockEngine";
import { validArgs } from "../fixtures/rollout/rollout";

const TYPE = "istio-canary:index:CanaryRollout";
const urnOf = (name: string, type = TYPE) => `urn:pulumi:dev::test::${type}::${name}`;
const args = () => validArgs();

class Shop extends pulumi.ComponentResource {
    constructor(name = "shop", opts?: pulumi.ComponentResourceOptions) {
        super("test:index:Shop", name, {}, opts);
    }
}

/** The message with which a rollout is refused if the state has its app at a URN; undefined if it passes. */
async function refusal(urn: string, program: () => CanaryRollout): Promise<string | undefined> {
    let result: Promise<unknown> = Promise.resolve();
    await registeredBy(() => {
        const last = { urn, route: "demo/web", shares: { v1: 100, v2: 0 } };
        result = refuseNewUrn(program(), "demo/web", [last]).catch((error) => error);
    });
    const error = await result;
    if (error === undefined) return undefined;
    assert.ok(pulumi.RunError.isInstance(error), "Pulumi must print only the message");
    return error.message;
}

describe("A CanaryRollout whose URN changes", () => {
    const hint = (urn: string) => `Add \`aliases: ["${urn}"]\` to the options`;

    it("is refused with the alias to add if its logical name changes", async () => {
        const message = await refusal(urnOf("web"), () => new CanaryRollout("shop-web", args()));
        assert.match(message ?? "", /^CanaryRollout shop-web .* \[istio-canary\/refused\]/);
        assert.ok(message?.includes(hint(urnOf("web"))), message);
    });

    it("is refused if it moves into another component, or out of it", async () => {
        const into = () => new CanaryRollout("web", args(), { parent: new Shop() });
        assert.ok((await refusal(urnOf("web"), into))?.includes(hint(urnOf("web"))));
        const inside = urnOf("web", `test:index:Shop$${TYPE}`);
        const out = () => new CanaryRollout("web", args());
        assert.ok((await refusal(inside, out))?.includes(hint(inside)));
    });

    it("passes with an alias: its URN, its name, or its parent", async () => {
        for (const alias of [urnOf("web"), { name: "web" }, { name: "web", type: TYPE }]) {
            const rollout = () => new CanaryRollout("shop-web", args(), { aliases: [alias] });
            assert.equal(await refusal(urnOf("web"), rollout), undefined);
        }
        const aliases = [{ parent: pulumi.rootStackResource }];
        const moved = () => new CanaryRollout("web", args(), { parent: new Shop(), aliases });
        assert.equal(await refusal(urnOf("web"), moved), undefined);
    });

    it("passes with an alias of a parent, and a name that follows the parent's", async () => {
        const inside = (parents: string, name: string) => urnOf(name, `${parents}$${TYPE}`);
        const retyped = () => {
            const aliases = [{ type: "test:index:Store" }];
            return new CanaryRollout("web", args(), { parent: new Shop("shop", { aliases }) });
        };
        assert.equal(await refusal(inside("test:index:Store", "web"), retyped), undefined);
        const renamed = () => {
            const aliases = [{ name: "store" }];
            const parent = new Shop("shop", { aliases });
            return new CanaryRollout("shop-web", args(), { parent });
        };
        assert.equal(await refusal(inside("test:index:Shop", "store-web"), renamed), undefined);
    });

    it("passes with the type of earlier releases", async () => {
        const rollout = () => new CanaryRollout("web", args());
        assert.equal(
            await refusal(urnOf("web", "rollout:index:CanaryRollout"), rollout),
            undefined,
        );
    });
});
