import assert from "node:assert/strict";
import { CanaryRollout } from "../../components";
import { TEMPLATE_GENERATION } from "../../rollout/plan/slotChanges";
import { type Registered, registeredBy } from "../fixtures/rollout/mockEngine";
import { validArgs, validManifests } from "../fixtures/rollout/rollout";

function named(registered: Map<string, Registered>, name: string): Registered {
    const found = registered.get(name);
    assert.ok(found, `${name} is not among ${[...registered.keys()].join(", ")}`);
    return found;
}

describe("CanaryRollout's output step", () => {
    const route = {
        type: "kubernetes:networking.istio.io/v1:VirtualService",
        outputs: validManifests({ weight: 10 }).virtualService,
    };
    const URN = "urn:pulumi:dev::test::istio-canary:index:CanaryRollout::web";
    const stepFrom = async (
        state: (stackName: string) => Record<string, unknown>,
        weight: number,
        organization?: string,
    ) => {
        const registered = await registeredBy(
            () => {
                new CanaryRollout("web", validArgs({ weight }));
            },
            { state, organization },
        );
        return named(registered, "web").outputs.step as Record<string, unknown>;
    };

    it("contains the shares of both slots after the previous update", async () => {
        assert.deepEqual(await stepFrom(() => ({ "urn:route": route }), 25), {
            route: "demo/web",
            shares: { v1: 75, v2: 25 },
            stable: "v1",
            canary: "v2",
            ladder: [10, 25, 50, 100],
            slots: {
                v1: { replicas: 3, changes: [], kept: false },
                v2: { replicas: 1, changes: [], kept: false },
            },
            last: { shares: { v1: 90, v2: 10 }, stable: "v1" },
        });
    });

    for (const [organization, stackName] of [
        ["acme", "acme/test/dev"],
        // Engines such as 3.216 do not tell a provider plugin the organization.
        ["", "dev"],
    ]) {
        it(`reads the stack ${stackName} in the organization "${organization}"`, async () => {
            const states: Record<string, object> = {
                [stackName as string]: { "urn:route": route },
            };
            const { last } = await stepFrom((name) => ({ ...states[name] }), 25, organization);
            assert.deepEqual(last, { shares: { v1: 90, v2: 10 }, stable: "v1" });
        });
    }

    it("contains the changes of a slot's pods", async () => {
        const [, before] = validManifests({
            versions: { v1: { image: "web:1" }, v2: { image: "web:1.9" } },
        }).workloads;
        const templates = JSON.parse(JSON.stringify({ v2: before?.deployment.spec.template }));
        const rollout = {
            type: "istio-canary:index:CanaryRollout",
            outputs: {
                step: { route: "demo/web" },
                pods: { generation: TEMPLATE_GENERATION, templates },
            },
        };
        const { slots } = await stepFrom(() => ({ [URN]: rollout }), 0);
        assert.deepEqual(slots, {
            v1: { replicas: 3, changes: [], kept: false },
            v2: {
                replicas: 1,
                changes: [{ path: "spec.containers[0].image", before: "web:1.9", after: "web:2" }],
                kept: true,
            },
        });
    });

    it("counts a first deployment as weight 0", async () => {
        const step = await stepFrom(() => ({}), 10);
        assert.deepEqual(step.last, { shares: { v1: 100, v2: 0 }, stable: "v1" });
    });

    for (const weight of [0, 10]) {
        it(`does not block an update to weight ${weight} if the state cannot be read`, async () => {
            const step = await stepFrom(() => {
                // A gRPC error, as the engine returns it.
                throw Object.assign(new Error(), { details: "no access" });
            }, weight);
            assert.match(
                String(step.last),
                /^The previous update's weights could not be read: no access\.$/,
            );
        });
    }
});
