// The provider plugin, which creates CanaryRollout for programs in other languages.
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { CanaryRollout } from "../../components";
import { RolloutProvider } from "../../components/provider/rolloutProvider";
import { registeredBy } from "../fixtures/rollout/mockEngine";
import { validArgs } from "../fixtures/rollout/rollout";

const TYPE = "istio-canary:index:CanaryRollout";
/** What the class declares besides the members of every component. */
type OutputName = Exclude<keyof CanaryRollout, keyof pulumi.ComponentResource>;

const provider = new RolloutProvider();
const rollout = JSON.parse(provider.schema).resources[TYPE];

async function constructed(inputs: pulumi.Inputs, type = TYPE) {
    let result: Promise<pulumi.provider.ConstructResult> | undefined;
    const registered = await registeredBy(() => {
        result = provider.construct("web", type, inputs, {});
        // Its tests await it after the engine has settled.
        result.catch(() => {});
    });
    assert.ok(result);
    return { result, registered };
}

describe("the provider plugin", () => {
    it("creates the rollout with the outputs of the schema", async () => {
        const { result, registered } = await constructed({ ...validArgs({ weight: 10 }) });
        const { state } = await result;
        assert.deepEqual(Object.keys(state).sort(), rollout.required.toSorted());
        assert.equal(registered.get("web-traffic-virtual-service")?.parent, "web-traffic");
        const { host, weight, shares } = state;
        const read = await new Promise((resolve) =>
            pulumi.output({ host, weight, shares }).apply(resolve),
        );
        assert.deepEqual(read, {
            host: "web.demo.svc.cluster.local",
            weight: 10,
            shares: { v1: 90, v2: 10 },
        });
    });

    it("has every output of the class in the schema", () => {
        const names: Record<OutputName, true> = {
            host: true,
            principals: true,
            shares: true,
            share: true,
            stable: true,
            canary: true,
            weight: true,
        };
        assert.deepEqual(Object.keys(rollout.properties), Object.keys(names));
    });

    it("accepts an image from another resource", async () => {
        const image = pulumi.output("registry.example/web:3");
        const { registered } = await constructed({
            ...validArgs({ versions: { v1: { image } } }),
        });
        const { inputs } = registered.get("web-v1-deployment") ?? {};
        assert.match(JSON.stringify(inputs), /"image":"registry\.example\/web:3"/);
    });

    it("rejects with every problem in the message, and without values, some of which are secret", async () => {
        const { result, registered } = await constructed({
            ...validArgs({ weight: 101, port: 0 }),
            wieght: 10,
        });
        const error = await result.catch((rejected) => rejected);
        assert.ok(pulumi.InputPropertiesError.isInstance(error));
        assert.match(
            error.message,
            /^CanaryRollout web has 3 problems\. .*\[istio-canary\/refused\]\n/,
        );
        for (const key of ["weight", "port", "wieght"]) {
            assert.match(error.message, new RegExp(`^ {2}${key}: `, "m"));
        }
        assert.deepEqual(error.errors, []);
        assert.deepEqual([...registered.keys()], []);
    });

    it("rejects a weight from another resource, because policies must see it in preview", async () => {
        const { result } = await constructed({ ...validArgs(), weight: pulumi.output(10) });
        const { message } = await result.catch((rejected) => rejected);
        assert.match(message, /weight: expected an integer from 0 to 100, got \[Output\]/);
    });

    it("rejects another type", async () => {
        const { result } = await constructed({}, "istio-canary:index:Other");
        await assert.rejects(result, /expected istio-canary:index:CanaryRollout, got/);
    });
});
