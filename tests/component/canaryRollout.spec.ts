import assert from "node:assert/strict";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { CanaryRollout, type CanaryRolloutArgs } from "../../components";
import { manifestList } from "../../rollout/manifests/manifests";
import { named, registeredBy } from "../fixtures/rollout/mockEngine";
import { validArgs, validInput, validManifests } from "../fixtures/rollout/rollout";

const VIRTUAL_SERVICE = "web-traffic-virtual-service";
const DESTINATION_RULE = "web-traffic-destination-rule";

function rollout(change: Partial<CanaryRolloutArgs> = {}) {
    return registeredBy(() => {
        new CanaryRollout("web", validArgs(change));
    });
}

/** The error of a program with these arguments. */
async function rejection(args: unknown): Promise<pulumi.InputPropertiesError> {
    let rejected: unknown;
    const registered = await registeredBy(() => {
        try {
            new CanaryRollout("web", args as CanaryRolloutArgs);
        } catch (error) {
            rejected = error;
        }
    });
    assert.deepEqual([...registered.keys()], [], "no resource may be registered");
    assert.ok(pulumi.InputPropertiesError.isInstance(rejected));
    return rejected;
}

describe("CanaryRollout", () => {
    it("registers the manifests unchanged", async () => {
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

    it("creates its resources as children", async () => {
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

    it("has host, shares, roles and weight as outputs", async () => {
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

    it("has an output for the driver, with resolved values of other resources", async () => {
        const image = pulumi.output(Promise.resolve("web:3"));
        const versions = { v1: { image: "web:1" }, v2: { image } };
        const { outputs } = named(await rollout({ versions, weight: 0 }), "web");
        assert.deepEqual(outputs.target, {
            app: "web",
            namespace: "demo",
            port: 80,
            protocol: "http",
            mode: "istio",
            ladder: [10, 25, 50, 100],
            images: { v1: "web:1", v2: "web:3" },
            weightKey: "test:weight",
        });
    });

    it("uses the weight of the stack's config if the arguments have none", async () => {
        const { weight: _, ...args } = validArgs();
        const weightOf = async () => {
            const registered = await registeredBy(() => void new CanaryRollout("web", args));
            return named(registered, "web").outputs.weight;
        };
        assert.equal(await weightOf(), 0);
        try {
            pulumi.runtime.setConfig("test:weight", "25");
            assert.equal(await weightOf(), 25);
            pulumi.runtime.setConfig("test:weight", "much");
            const { message } = await rejection(args);
            assert.match(message, /weight: expected an integer from 0 to 100, got "much"/);
        } finally {
            pulumi.runtime.setAllConfig({});
        }
    });

    it("creates the Gateway before the route that refers to it", async () => {
        const gateway = { tls: { credentialName: "shop" } };
        const registered = await rollout({ hosts: ["shop.example.com"], gateway });
        const { dependsOn } = named(registered, VIRTUAL_SERVICE);
        assert.ok(dependsOn.includes("web-traffic-gateway"), dependsOn.join(", "));
    });

    it("creates the subsets before the route that refers to them", async () => {
        const { dependsOn } = named(await rollout(), VIRTUAL_SERVICE);
        assert.ok(dependsOn.includes(DESTINATION_RULE));
    });

    for (const roles of [
        { stable: "v1", canary: "v2" },
        { stable: "v2", canary: "v1" },
    ] as const) {
        describe(`with the canary in ${roles.canary}`, () => {
            it("makes a route with weight wait for the canary, but not for the stable", async () => {
                const registered = await rollout({ ...roles, weight: 1 });
                assert.deepEqual([...named(registered, VIRTUAL_SERVICE).dependsOn].sort(), [
                    DESTINATION_RULE,
                    `web-${roles.canary}-deployment`,
                ]);
            });

            it("makes the route to weight 0 wait for no Deployment", async () => {
                const registered = await rollout({ ...roles, weight: 0 });
                assert.deepEqual(named(registered, VIRTUAL_SERVICE).dependsOn, [DESTINATION_RULE]);
            });
        });
    }

    it("creates the namespace before all other objects, and deletes it after them", async () => {
        const registered = await rollout({ createNamespace: true });
        for (const { type, name, dependsOn } of registered.values()) {
            if (!type.startsWith("kubernetes:") || name === "web-namespace") continue;
            assert.ok(dependsOn.includes("web-namespace"), name);
        }
    });

    it("waits for ready pods up to readyTimeout", async () => {
        const v1 = { image: "web:1", readyTimeout: "1m30s" };
        const registered = await rollout({ versions: { v1, v2: { image: "web:2" } } });
        const timeoutsOf = (slot: string) => named(registered, `web-${slot}-deployment`).timeouts;
        assert.deepEqual(timeoutsOf("v1"), { create: "90s", update: "90s" });
        assert.deepEqual(timeoutsOf("v2"), { create: "300s", update: "300s" });
    });

    it("uses the given provider for every object", async () => {
        const registered = await registeredBy(() => {
            const provider = new Provider("elsewhere", {});
            new CanaryRollout("web", validArgs(), { provider });
        });
        for (const { type, name, provider } of registered.values()) {
            if (type.startsWith("kubernetes:")) assert.match(provider, /::elsewhere::/, name);
        }
    });

    it("requests one provider version, independent of the release of the Istio types", async () => {
        const registered = await rollout();
        const versions = [...registered.values()]
            .filter(({ type }) => type.startsWith("kubernetes:"))
            .map(({ version }) => version);
        assert.deepEqual([...new Set(versions)].length, 1);
    });
});

describe("CanaryRollout in mode replicas", () => {
    const versions = { v1: { image: "web:1" }, v2: { image: "web:2" } };
    const replicasMode = (weight: number) =>
        ({ mode: "replicas", totalReplicas: 3, versions, weight }) as const;
    const update = (from: number, to: number, slow?: string) => {
        const type = "kubernetes:apps/v1:Deployment";
        const state = validManifests(replicasMode(from)).workloads.map(({ deployment }) => [
            deployment.metadata.name,
            { type, outputs: deployment },
        ]);
        const program = () => {
            new CanaryRollout("web", validArgs(replicasMode(to)));
        };
        return registeredBy(program, { state: () => Object.fromEntries(state), slow });
    };

    it("creates no Istio objects, and outputs the share that the weight reaches", async () => {
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
        it(`finishes ${first} before it changes the other slot from weight ${from} to ${to}, so that new pods are ready before old pods stop`, async () => {
            const awaited = `web-${first}-deployment`;
            const registered = await update(from, to, awaited);
            const other = first === "v1" ? "v2" : "v1";
            const { doneBefore } = named(registered, `web-${other}-deployment`);
            assert.ok(doneBefore.includes(awaited), doneBefore.join());
        });
    }

    it("does not report a rollback's 0 pods as removed too early", async () => {
        const step = named(await update(67, 0), "web").outputs.step as Record<string, unknown>;
        assert.deepEqual(step.last, { shares: { v1: 33, v2: 67 }, stable: "v1" });
        assert.deepEqual(step.slots, {
            v1: { changes: [], kept: false },
            v2: { changes: [], kept: false },
        });
    });
});

describe("CanaryRollout's arguments", () => {
    it("are rejected with all problems and their paths, before any resource is registered", async () => {
        const { errors, message } = await rejection({
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

    it("are rejected without a stack trace in a local program", async () => {
        assert.ok(pulumi.RunError.isInstance(await rejection({})));
    });

    it("are rejected by rules with the same message as in the policy pack", async () => {
        const { errors } = await rejection(
            validInput({
                weight: 10,
                versions: { v1: { image: "web:1" }, v2: { image: "web:2", replicas: 0 } },
            }),
        );
        assert.deepEqual(errors, [
            {
                propertyPath: "spec.replicas",
                reason: "Deployment demo/web-v2: spec.replicas: expected at least 1 while subset v2 has weight 10, got 0. Set the weight to 0 first, or raise `replicas`. See docs/policy/rules/weights/weight-capacity.md.",
            },
        ]);
    });
});
