// The order in which an update changes resources, and the dependencies that order a destroy.
import assert from "node:assert/strict";
import { CanaryRollout, type CanaryRolloutArgs } from "../../components";
import type { RolloutInput } from "../../rollout/config/rolloutConfig";
import { named, registeredBy } from "../fixtures/rollout/mockEngine";
import { validArgs, validManifests } from "../fixtures/rollout/rollout";

const VIRTUAL_SERVICE = "web-traffic-virtual-service";
const DESTINATION_RULE = "web-traffic-destination-rule";

describe("The order of CanaryRollout's resources", () => {
    /** The order of resources in an update from one weight to another. */
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

    it("starts the canary's pods before the weight rises", async () => {
        const { registered, canaryFirst } = await orderOf(10, 25);
        assert.equal(canaryFirst, true);
        assert.ok(named(registered, VIRTUAL_SERVICE).dependsOn.includes("web-v2-deployment"));
    });

    for (const [from, to] of [
        [50, 25],
        [50, 0],
        [0, 0],
    ] as const) {
        it(`changes the canary's pods after the route from ${from} to ${to}`, async () => {
            const { registered, canaryFirst } = await orderOf(from, to);
            assert.equal(canaryFirst, false);
            // No dependency, so that `pulumi destroy` deletes the route first.
            assert.ok(!named(registered, "web-v2-deployment").dependsOn.includes(VIRTUAL_SERVICE));
        });
    }

    it("deletes the pods before the subsets, which callers' proxies may still use", async () => {
        const { registered } = await orderOf(25, 25);
        for (const deployment of ["web-v1-deployment", "web-v2-deployment"]) {
            assert.ok(named(registered, deployment).dependsOn.includes(DESTINATION_RULE));
        }
    });

    it("starts pods of a proportional stable before it gets requests back, except at weight 0", async () => {
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

describe("The order of CanaryRollout's resources with routing gateway-api", () => {
    type Routing = RolloutInput["routing"];
    const HTTP_ROUTE = "web-traffic-http-route";
    const BACKENDS = ["web-traffic-v1-service", "web-traffic-v2-rule"];

    const orderOf = async (from: number, to: number, routing: Routing = "gateway-api") => {
        const outputs = validManifests({ weight: from, routing: "gateway-api" }).httpRoute;
        const type = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute";
        const registered = await registeredBy(
            () => void new CanaryRollout("web", validArgs({ routing, weight: to })),
            { state: () => ({ "urn:route": { type, outputs } }) },
        );
        const names = [...registered.keys()];
        const before = names.indexOf("web-v2-deployment") < names.indexOf(HTTP_ROUTE);
        return { registered, canaryFirst: before };
    };

    it("has the HTTPRoute after its backends and, if the weight rises, after the canary's pods", async () => {
        const { registered, canaryFirst } = await orderOf(10, 25);
        assert.equal(canaryFirst, true);
        const { dependsOn, inputs } = named(registered, HTTP_ROUTE);
        for (const one of [...BACKENDS, "web-v2-deployment"]) assert.ok(dependsOn.includes(one));
        assert.equal(inputs.kind, "HTTPRoute");
        assert.ok(!registered.has(VIRTUAL_SERVICE));
    });

    it("has the gateways' HTTPRoute before the mesh's, which stops serving the gateways", async () => {
        const args = validArgs({
            routing: "gateway-api",
            hosts: ["api.example.com"],
            gateways: ["mesh", "edge/public"],
            match: [{ uri: { prefix: "/orders/" } }],
        });
        const registered = await registeredBy(() => void new CanaryRollout("web", args));
        const outside = "web-traffic-gateway-http-route";
        assert.ok(named(registered, HTTP_ROUTE).dependsOn.includes(outside));
        for (const one of BACKENDS) assert.ok(named(registered, outside).dependsOn.includes(one));
        assert.ok(!registered.has("web-traffic-gateway-route"));
    });

    it("keeps the backends in the update that goes back to a VirtualService, for the proxies that lack it", async () => {
        const { registered } = await orderOf(25, 25, "istio");
        for (const one of [...BACKENDS, VIRTUAL_SERVICE]) assert.ok(registered.has(one), one);
        assert.ok(!registered.has(HTTP_ROUTE));
        const later = await registeredBy(() => void new CanaryRollout("web", validArgs()), {
            state: () => ({
                "urn:route": {
                    type: "kubernetes:networking.istio.io/v1:VirtualService",
                    outputs: validManifests().virtualService,
                },
            }),
        });
        for (const one of BACKENDS) assert.ok(!later.has(one), one);
    });

    it("changes the canary's pods after the HTTPRoute at weight 0, and deletes them before its backends", async () => {
        const { registered, canaryFirst } = await orderOf(50, 0);
        assert.equal(canaryFirst, false);
        const { dependsOn } = named(registered, "web-v2-deployment");
        assert.ok(!dependsOn.includes(HTTP_ROUTE));
        for (const one of BACKENDS) assert.ok(dependsOn.includes(one));
        assert.ok(!named(registered, HTTP_ROUTE).dependsOn.includes("web-v2-deployment"));
    });
});

describe("The order of CanaryRollout's resources in the first update", () => {
    for (const weight of [0, 10]) {
        it(`waits for the Service and the stable's pods before subsets and route at weight ${weight}`, async () => {
            const registered = await registeredBy(
                () => void new CanaryRollout("web", validArgs({ weight })),
            );
            assert.ok(named(registered, DESTINATION_RULE).dependsOn.includes("web-v1-deployment"));
            assert.ok(named(registered, "web-v1-deployment").dependsOn.includes("web-service"));
        });
    }

    it("does not wait for the stable if the state cannot be read, because it may be a rollback", async () => {
        const registered = await registeredBy(() => void new CanaryRollout("web", validArgs()), {
            state: () => {
                throw new Error("no access");
            },
        });
        assert.deepEqual(named(registered, DESTINATION_RULE).dependsOn, []);
    });
});

describe("The order of CanaryRollout's resources at weight 0 with a target", () => {
    const targets = [{ cookies: { beta: { exact: "1" } } }];
    const SKIP = "pulumi.com/skipAwait";

    /** An update to weight 0 with a target, after an update with the given config and state of the canary. */
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
            // The old pod stays until the new pod is ready.
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

    it("routes a new target after the canary's pods are ready", async () => {
        assert.deepEqual(await updated({}, fresh), { routeWaits: true, awaits: true });
    });

    it("changes nothing in a second update", async () => {
        const again = await updated({ targets }, { ready: true, awaited: true });
        assert.deepEqual(again, { routeWaits: false, awaits: true });
        assert.deepEqual(await updated({ targets }, fresh), { routeWaits: false, awaits: false });
    });

    it("waits for nothing if the canary's share falls", async () => {
        for (const last of [{ weight: 10 }, { weight: 10, targets }]) {
            const back = await updated(last, { ready: true, awaited: true });
            assert.deepEqual(back, { routeWaits: false, awaits: false });
        }
    });

    it("does not wait again for a canary that did not become ready", async () => {
        const broken = await updated({ targets }, { ready: false, awaited: true });
        assert.deepEqual(broken, { routeWaits: false, awaits: false });
    });
});
