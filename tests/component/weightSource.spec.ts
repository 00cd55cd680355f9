import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CanaryRollout } from "../../components";
import { type Registered, registeredBy } from "../fixtures/rollout/mockEngine";
import { validArgs } from "../fixtures/rollout/rollout";

/** A program of rollouts, each with its own weight argument. The app of a rollout is its name. */
const program = (weights: Readonly<Record<string, number | undefined>>) => () => {
    for (const [name, weight] of Object.entries(weights)) {
        const { weight: _, ...args } = validArgs({ app: name });
        new CanaryRollout(name, weight === undefined ? args : { ...args, weight });
    }
};

/** The weight of each rollout, and the key that sets it. */
async function sources(
    weights: Readonly<Record<string, number | undefined>>,
    config: Readonly<Record<string, string>> = {},
): Promise<Record<string, [weight: unknown, key: unknown]>> {
    pulumi.runtime.setAllConfig({ ...config });
    try {
        const registered = await registeredBy(program(weights));
        return Object.fromEntries(Object.keys(weights).map((name) => [name, of(registered, name)]));
    } finally {
        pulumi.runtime.setAllConfig({});
    }
}

function of(registered: Map<string, Registered>, name: string): [unknown, unknown] {
    const found = [...registered.values()].find((one) => one.name === name);
    const outputs = found?.outputs as { weight: number; target: { weightKey?: string } };
    return [outputs.weight, outputs.target.weightKey];
}

describe("The weight of a CanaryRollout", () => {
    it("is the project's key if the program has one rollout", async () => {
        assert.deepEqual(await sources({ web: undefined }), { web: [0, "test:weight"] });
        const set = await sources({ web: undefined }, { "test:weight": "25" });
        assert.deepEqual(set, { web: [25, "test:weight"] });
    });

    it("is the rollout's own key, once that is set or the program has several rollouts", async () => {
        const config = { "web:weight": "25", "test:weight": "10" };
        assert.deepEqual(await sources({ web: undefined }, config), { web: [25, "web:weight"] });
        assert.deepEqual(await sources({ web: undefined, api: undefined }), {
            web: [0, "web:weight"],
            api: [0, "api:weight"],
        });
        assert.deepEqual(await sources({ web: undefined, api: undefined }, config), {
            web: [25, "web:weight"],
            api: [10, "test:weight"],
        });
    });

    it("never comes from a key that another rollout reads", async () => {
        await assert.rejects(
            sources({ web: undefined, api: undefined }, { "test:weight": "10" }),
            /CanaryRollout api .*\n +weight: expected a key for each rollout, because web and api would both read `test:weight`\. Set the keys of both, `web:weight` and `api:weight`, and remove `test:weight`/,
        );
    });

    it("has no key if the program sets it", async () => {
        assert.deepEqual(await sources({ web: 10 }), { web: [10, undefined] });
        const other = await sources({ web: 10 }, { "test:weight": "25" });
        assert.deepEqual(other, { web: [10, undefined] });
    });

    it("has a key if the program passes its value", async () => {
        const config = { "test:weight": "25" };
        assert.deepEqual(await sources({ web: 25 }, config), { web: [25, "test:weight"] });
        assert.deepEqual(await sources({ web: 0 }), { web: [0, "test:weight"] });
    });
});
