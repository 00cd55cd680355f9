import assert from "node:assert/strict";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { CanaryRollout, type CanaryRolloutArgs } from "../../components";
import type { RolloutInput } from "../../rollout/config/rolloutConfig";
import { manifestList } from "../../rollout/manifests/manifests";
import { type Registered, registeredBy } from "../fixtures/rollout/engine";
import { validArgs, validInput, validManifests } from "../fixtures/rollout/rollout";

const VIRTUAL_SERVICE = "web-traffic-virtual-service";
const DESTINATION_RULE = "web-traffic-destination-rule";

function rollout(change: Partial<CanaryRolloutArgs> = {}) {
    return registeredBy(() => {
        new CanaryRollout("web", validArgs(change));
    });
}

function named(registered: Map<string, Registered>, name: string): Registered {
    const found = registered.get(name);
    assert.ok(found, `${name} is not among ${[...registered.keys()].join(", ")}`);
    return found;
}

/** Why a program with these arguments is refused. */
async function refusal(args: unknown): Promise<pulumi.InputPropertiesError> {
    let refused: unknown;
    const registered = await registeredBy(() => {
        try {
            new CanaryRollout("web", args as CanaryRolloutArgs);
        } catch (error) {
            refused = error;
        }
    });
    assert.deepEqual([...registered.keys()], [], "nothing may be registered");
    assert.ok(pulumi.InputPropertiesError.isInstance(refused));
    return refused;
}

describe("CanaryRollout", () => {
    it("should send the manifests to the engine as they are", async () => {
        const change = { createNamespace: true, weight: 10 };
        const registered = await rollout(change);
        const sent = [...registered.values()]
            .filter(({ type }) => type.startsWith("kubernetes:"))
            .map(({ inputs }) => inputs);
        const byName = (one: Record<string, unknown>) =>
            `${one.kind} ${(one.metadata as { name: string }).name}`;
        const plain: Record<string, unknown>[] = JSON.parse(
            JSON.stringify(manifestList(validManifests(change))),
        );
        assert.deepEqual(
            new Map(sent.map((one) => [byName(one), one])),
            new Map(plain.map((one) => [byName(one), one])),
        );
    });

    it("should be a component with its parts under it", async () => {
        const registered = await rollout();
        assert.equal(named(registered, "web").type, "istio-canary:index:CanaryRollout");
        const tree = [...registered.values()].map(({ name, parent }) => `${parent} > ${name}`);
        assert.deepEqual(tree.sort(), [
            " > web",
            "web > web-service",
            "web > web-traffic",
            "web > web-v1",
            "web > web-v2",
            `web-traffic > ${DESTINATION_RULE}`,
            `web-traffic > ${VIRTUAL_SERVICE}`,
            "web-v1 > web-v1-account",
            "web-v1 > web-v1-deployment",
            "web-v2 > web-v2-account",
            "web-v2 > web-v2-deployment",
        ]);
    });

    it("should have host, shares, roles and weight as outputs", async () => {
        const { outputs } = named(await rollout({ weight: 25 }), "web");
        const { host, shares, stable, canary, weight } = outputs;
        assert.deepEqual(
            { host, shares, stable, canary, weight },
            {
                host: "web.demo.svc.cluster.local",
                shares: { v1: 75, v2: 25 },
                stable: "v1",
                canary: "v2",
                weight: 25,
            },
        );
    });

    it("should make its gateway before the route that is bound to it", async () => {
        const gateway = { tls: { credentialName: "shop" } };
        const registered = await rollout({ hosts: ["shop.example.com"], gateway });
        const { dependsOn } = named(registered, VIRTUAL_SERVICE);
        assert.ok(dependsOn.includes("web-traffic-gateway"), dependsOn.join(", "));
    });

    it("should make the subsets before the route that names them", async () => {
        const { dependsOn } = named(await rollout(), VIRTUAL_SERVICE);
        assert.ok(dependsOn.includes(DESTINATION_RULE));
    });

    for (const roles of [
        { stable: "v1", canary: "v2" },
        { stable: "v2", canary: "v1" },
    ] as const) {
        describe(`with the canary in ${roles.canary}`, () => {
            it("should let a route with weight wait for the canary, and not for the stable", async () => {
                const registered = await rollout({ ...roles, weight: 1 });
                assert.deepEqual([...named(registered, VIRTUAL_SERVICE).dependsOn].sort(), [
                    DESTINATION_RULE,
                    `web-${roles.canary}-deployment`,
                ]);
            });

            it("should let the route to weight 0 wait for no Deployment", async () => {
                const registered = await rollout({ ...roles, weight: 0 });
                assert.deepEqual(named(registered, VIRTUAL_SERVICE).dependsOn, [DESTINATION_RULE]);
            });
        });
    }

    it("should make the namespace before all else, and delete it after", async () => {
        const registered = await rollout({ createNamespace: true });
        for (const { type, name, dependsOn } of registered.values()) {
            if (!type.startsWith("kubernetes:") || name === "web-namespace") continue;
            assert.ok(dependsOn.includes("web-namespace"), name);
        }
    });

    it("should wait for ready pods as long as config says", async () => {
        const v1 = { image: "web:1", readyTimeout: "1m30s" };
        const registered = await rollout({ versions: { v1, v2: { image: "web:2" } } });
        const long = (slot: string) => named(registered, `web-${slot}-deployment`).timeouts;
        assert.deepEqual(long("v1"), { create: "90s", update: "90s" });
        assert.deepEqual(long("v2"), { create: "300s", update: "300s" });
    });

    it("should use the provider that it is given for every object", async () => {
        const registered = await registeredBy(() => {
            const provider = new Provider("elsewhere", {});
            new CanaryRollout("web", validArgs(), { provider });
        });
        for (const { type, name, provider } of registered.values()) {
            if (type.startsWith("kubernetes:")) assert.match(provider, /::elsewhere::/, name);
        }
    });

    it("should ask for one provider, whatever release the Istio types were generated for", async () => {
        const registered = await rollout();
        const versions = [...registered.values()]
            .filter(({ type }) => type.startsWith("kubernetes:"))
            .map(({ version }) => version);
        assert.deepEqual([...new Set(versions)].length, 1);
    });
});

describe("CanaryRollout's order", () => {
    /** Names in the order in which they were asked for, in an update from one weight to another. */
    const orderOf = async (from: number, to: number, args: Partial<CanaryRolloutArgs> = {}) => {
        const outputs = validManifests({ weight: from }).virtualService;
        const type = "kubernetes:networking.istio.io/v1:VirtualService";
        const registered = await registeredBy(
            () => {
                new CanaryRollout("web", validArgs({ ...args, weight: to }));
            },
            { state: () => ({ "urn:route": { type, outputs } }) },
        );
        const names = [...registered.keys()];
        return { registered, canaryFirst: before(names, "web-v2-deployment", VIRTUAL_SERVICE) };
    };
    const before = (names: string[], a: string, b: string) => names.indexOf(a) < names.indexOf(b);

    it("should bring up the canary's pods, then raise the weight", async () => {
        const { registered, canaryFirst } = await orderOf(10, 25);
        assert.equal(canaryFirst, true);
        assert.ok(named(registered, VIRTUAL_SERVICE).dependsOn.includes("web-v2-deployment"));
    });

    for (const [from, to] of [
        [50, 25],
        [50, 0],
        [0, 0],
    ] as const) {
        it(`should change the canary's pods after the route from ${from} to ${to}`, async () => {
            const { registered, canaryFirst } = await orderOf(from, to);
            assert.equal(canaryFirst, false);
            // Nothing is remembered: on destroy the route goes first.
            assert.ok(!named(registered, "web-v2-deployment").dependsOn.includes(VIRTUAL_SERVICE));
        });
    }

    it("should bring up the stable's pods before it gets requests back, where they follow the weight, but not at 0", async () => {
        const args = {
            capacity: { canary: "proportional", total: 10, stable: "proportional" },
        } as const;
        const waits = async (from: number, to: number, given: Partial<CanaryRolloutArgs>) => {
            const { registered } = await orderOf(from, to, given);
            return named(registered, VIRTUAL_SERVICE).dependsOn.includes("web-v1-deployment");
        };
        assert.equal(await waits(50, 10, args), true);
        assert.equal(await waits(50, 0, args), false);
        assert.equal(await waits(50, 10, {}), false);
    });
});

describe("CanaryRollout's order at weight 0 with a target", () => {
    const targets = [{ cookies: { beta: { exact: "1" } } }];
    const SKIP = "pulumi.com/skipAwait";

    /** An update to weight 0 with a target, after one with the given route and the given state of the canary. */
    const updated = async (
        last: Partial<RolloutInput>,
        { ready, awaited }: { ready: boolean; awaited: boolean },
    ) => {
        const { virtualService, workloads } = validManifests(last);
        const { metadata, spec } = workloads[1]?.deployment ?? {};
        const annotations = awaited ? {} : { [SKIP]: "true" };
        const deployment = {
            metadata: { ...metadata, annotations },
            spec,
            // The pod of the last template is ready until the new one is.
            status: { replicas: ready ? 1 : 2, updatedReplicas: 1, readyReplicas: 1 },
        };
        const registered = await registeredBy(
            () => {
                new CanaryRollout("web", validArgs({ targets }));
            },
            {
                state: () => ({
                    "urn:route": {
                        type: "kubernetes:networking.istio.io/v1:VirtualService",
                        outputs: virtualService,
                    },
                    "urn:pods": { type: "kubernetes:apps/v1:Deployment", outputs: deployment },
                }),
            },
        );
        const { inputs } = named(registered, "web-v2-deployment");
        const now = (inputs.metadata as { annotations: Record<string, string> }).annotations;
        return {
            routeWaits: named(registered, VIRTUAL_SERVICE).dependsOn.includes("web-v2-deployment"),
            awaits: now[SKIP] === undefined,
        };
    };
    const fresh = { ready: true, awaited: false };

    it("should route a new target once the canary's pods are ready", async () => {
        assert.deepEqual(await updated({}, fresh), { routeWaits: true, awaits: true });
    });

    it("should change nothing the second time", async () => {
        const again = await updated({ targets }, { ready: true, awaited: true });
        assert.deepEqual(again, { routeWaits: false, awaits: true });
        assert.deepEqual(await updated({ targets }, fresh), { routeWaits: false, awaits: false });
    });

    it("should wait for nothing when requests are taken away", async () => {
        for (const last of [{ weight: 10 }, { weight: 10, targets }]) {
            const back = await updated(last, { ready: true, awaited: true });
            assert.deepEqual(back, { routeWaits: false, awaits: false });
        }
    });

    it("should not wait again for a canary that did not get ready", async () => {
        const broken = await updated({ targets }, { ready: false, awaited: true });
        assert.deepEqual(broken, { routeWaits: false, awaits: false });
    });
});

describe("CanaryRollout in mode replicas", () => {
    const versions = { v1: { image: "web:1" }, v2: { image: "web:2" } };
    const plain = (weight: number) =>
        ({ mode: "replicas", totalReplicas: 3, versions, weight }) as const;
    const update = (from: number, to: number, slow?: string) => {
        const type = "kubernetes:apps/v1:Deployment";
        const state = validManifests(plain(from)).workloads.map(({ deployment }) => [
            deployment.metadata.name,
            { type, outputs: deployment },
        ]);
        const program = () => {
            new CanaryRollout("web", validArgs(plain(to)));
        };
        return registeredBy(program, { state: () => Object.fromEntries(state), slow });
    };

    it("should ask for nothing of Istio's, and say what the weight comes to", async () => {
        const registered = await update(0, 10);
        const types = [...registered.values()].map(({ type }) => type);
        assert.deepEqual(
            types.filter((type) => type.includes(".istio.io/") || type.includes("TrafficSplit")),
            [],
        );
        const { outputs } = named(registered, "web");
        assert.deepEqual(outputs.share, { asked: 10, reachable: 33.3 });
    });

    for (const [from, to, first] of [
        [0, 33, "v2"],
        [33, 67, "v2"],
        [67, 33, "v1"],
        [67, 0, "v1"],
        [0, 0, "v1"],
    ] as const) {
        it(`should end with ${first} before it changes the other from ${from} to ${to}: pods come before others go`, async () => {
            const awaited = `web-${first}-deployment`;
            const registered = await update(from, to, awaited);
            const other = first === "v1" ? "v2" : "v1";
            const { doneBefore } = named(registered, `web-${other}-deployment`);
            assert.ok(doneBefore.includes(awaited), doneBefore.join());
        });
    }

    it("should not take a rollback's 0 pods for pods that are taken away too early", async () => {
        const step = named(await update(67, 0), "web").outputs.step as Record<string, unknown>;
        assert.deepEqual(step.last, { shares: { v1: 33, v2: 67 }, stable: "v1" });
        assert.deepEqual(step.slots, {
            v1: { changes: [], kept: false },
            v2: { changes: [], kept: false },
        });
    });
});

describe("CanaryRollout's arguments", () => {
    it("should be refused all at once, with their paths, before anything is registered", async () => {
        const { errors, message } = await refusal({
            ...validInput(),
            weight: 101,
            wieght: 1,
            versions: { v1: { image: "web:1", replicas: -1 } },
        });
        assert.deepEqual(
            errors.map(({ propertyPath }) => propertyPath),
            ["versions.v1.replicas", "weight", "wieght"],
        );
        assert.equal(
            message.split("\n")[2],
            "  weight: expected an integer from 0 to 100, got 101.",
        );
    });

    it("should be refused without a stack trace in a local program", async () => {
        assert.ok(pulumi.RunError.isInstance(await refusal({})));
    });

    it("should be refused when the rules find something, as the pack would say it", async () => {
        const { errors } = await refusal(
            validInput({
                weight: 10,
                versions: { v1: { image: "web:1" }, v2: { image: "web:2", replicas: 0 } },
            }),
        );
        assert.deepEqual(errors, [
            {
                propertyPath: "spec.replicas",
                reason: "Deployment demo/web-v2: spec.replicas: expected at least 1 while subset v2 gets weight 10, got 0. Set the weight to 0 first, or run pods. See docs/policy/rules/weights/weight-capacity.md.",
            },
        ]);
    });
});
