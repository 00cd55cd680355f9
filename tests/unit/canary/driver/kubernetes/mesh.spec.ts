import assert from "node:assert/strict";
import { driftIn } from "../../../../../canary/analysis/record/drift";
import type { Resource } from "../../../../../canary/driver/kubernetes/kubernetes";
import {
    kubernetesMesh,
    resetPatch,
    writtenRoute,
} from "../../../../../canary/driver/kubernetes/mesh";
import type { RolloutInput } from "../../../../../rollout/config/rolloutConfig";
import { validManifests } from "../../../../fixtures/rollout/rollout";

/** The rollout's VirtualService or HTTPRoute from the API server, after Pulumi has applied it. */
function applied(change: Partial<RolloutInput> = {}, operation = "Apply") {
    const { virtualService, httpRoute } = validManifests(change);
    const { apiVersion, kind, metadata, spec } = JSON.parse(
        JSON.stringify(httpRoute ?? virtualService),
    );
    return {
        apiVersion,
        kind,
        metadata: {
            ...metadata,
            annotations: { ...metadata.annotations, "somebody/else": "s" },
            resourceVersion: "567",
            uid: "u",
            generation: 3,
            managedFields: [
                {
                    manager: "somebody",
                    operation: "Update",
                    fieldsV1: { "f:metadata": { "f:annotations": { "f:somebody/else": {} } } },
                },
                {
                    manager: "pulumi-kubernetes-940466be",
                    operation,
                    fieldsV1: {
                        "f:metadata": {
                            "f:annotations": { "f:istio-canary.dev/stable": {} },
                            "f:labels": { ".": {}, "f:app": {} },
                        },
                        "f:spec": Object.fromEntries(
                            Object.keys(spec).map((key) => [`f:${key}`, {}]),
                        ),
                    },
                },
            ],
        },
        spec,
    };
}

/** The spec that an update to weight 0 would write. */
function specAtZero(change: Partial<RolloutInput> = {}) {
    return applied({ ...change, weight: 0 }).spec;
}

const cases: [string, Partial<RolloutInput>][] = [
    ["a plain rollout", {}],
    ["swapped roles", { stable: "v2", canary: "v1" }],
    ["sticky users", { sticky: { cookie: "web" } }],
    ["targets", { targets: [{ headers: { "x-user": { exact: "a" } } }] }],
    ["TCP", { protocol: "tcp" }],
    ["an HTTPRoute", { routing: "gateway-api" }],
    [
        "an HTTPRoute with swapped roles and targets",
        {
            ...{ routing: "gateway-api", stable: "v2", canary: "v1" },
            targets: [{ headers: { "x-user": { exact: "a" } } }],
        },
    ],
];

describe("resetPatch", () => {
    for (const [what, change] of cases) {
        it(`equals an update to weight 0: ${what}`, () => {
            const { by, body } = resetPatch(applied({ ...change, weight: 25 }));
            assert.equal(by, "apply");
            const { spec } = body as { spec: unknown };
            assert.deepEqual(spec, specAtZero(change));
        });
    }

    it("applies all of Pulumi's fields with Pulumi's field manager, and no other fields", () => {
        const found = applied({ weight: 25 });
        const { body, fieldManager } = resetPatch(found);
        assert.equal(fieldManager, "pulumi-kubernetes-940466be");
        const { metadata, apiVersion, kind } = body as ReturnType<typeof applied>;
        assert.deepEqual({ apiVersion, kind }, { apiVersion: found.apiVersion, kind: found.kind });
        assert.deepEqual(metadata, {
            name: "web",
            namespace: "demo",
            resourceVersion: "567",
            labels: { app: "web" },
            annotations: { "istio-canary.dev/stable": "v1" },
        });
    });

    it("takes the routes back from somebody who patched them", () => {
        const found = applied({ weight: 50 });
        found.metadata.managedFields = found.metadata.managedFields.map(
            (entry: { fieldsV1: object }) => {
                const { "f:spec": fields, ...others } = entry.fieldsV1 as Record<string, object>;
                if (fields === undefined) return entry;
                const { "f:http": _, ...rest } = fields as Record<string, object>;
                return { ...entry, fieldsV1: { ...others, "f:spec": rest } };
            },
        ) as typeof found.metadata.managedFields;
        found.metadata.managedFields.unshift({
            manager: "kubectl-patch",
            operation: "Update",
            fieldsV1: { "f:spec": { "f:http": {} } } as object as never,
        });
        const { by, fieldManager, body } = resetPatch(found);
        assert.deepEqual(
            { by, fieldManager },
            { by: "apply", fieldManager: "pulumi-kubernetes-940466be" },
        );
        assert.deepEqual((body as { spec: unknown }).spec, specAtZero());
    });

    it("merges only the routes if they were not applied", () => {
        const { by, fieldManager, body } = resetPatch(applied({ weight: 25 }, "Update"));
        assert.deepEqual(
            { by, fieldManager },
            { by: "merge", fieldManager: "pulumi-kubernetes-940466be" },
        );
        const { http } = specAtZero();
        assert.deepEqual(JSON.parse(JSON.stringify(body)), {
            metadata: { resourceVersion: "567" },
            spec: { http },
        });
        const { rules } = specAtZero({ routing: "gateway-api" });
        const patch = resetPatch(applied({ weight: 25, routing: "gateway-api" }, "Update"));
        assert.deepEqual((patch.body as { spec: unknown }).spec, { rules });
    });
});

describe("writtenRoute", () => {
    it("reads the shares of the mesh and of the gateways separately", () => {
        const [inside, outside] = [applied({ weight: 25 }), applied({ weight: 10 })];
        assert.equal(writtenRoute(undefined, undefined), undefined);
        assert.deepEqual(writtenRoute(inside, undefined), {
            shares: { v1: 75, v2: 25 },
            stable: "v1",
        });
        const route = applied({ weight: 25, routing: "gateway-api" });
        assert.deepEqual(writtenRoute(route, undefined), {
            shares: { v1: 75, v2: 25 },
            stable: "v1",
        });
        assert.deepEqual(writtenRoute(inside, outside), {
            shares: { v1: 75, v2: 25 },
            stable: "v1",
            atGateways: { v1: 90, v2: 10 },
        });
    });

    it("reads no shares at gateways whose part is stable-only", () => {
        for (const routing of ["istio", "gateway-api"] as const) {
            const change: Partial<RolloutInput> = {
                routing,
                weight: 25,
                hosts: ["api.example.com"],
                gateways: ["mesh", "edge/public"],
                match: [{ uri: { prefix: "/admin/" } }],
            };
            const all = validManifests(change);
            const inside = all.httpRoute ?? all.virtualService;
            const written = writtenRoute(inside, all.gatewayHttpRoute ?? all.gatewayVirtualService);
            const shares = { v1: 75, v2: 25 };
            assert.deepEqual(written, { shares, stable: "v1" }, routing);
            const weights = { wanted: 25, canary: "v2" as const, configured: 25 };
            assert.equal(driftIn({ ...weights, written }), undefined);
        }
    });

    it("reads the shares of an entry of `routes` if the rest is stable-only", () => {
        const { virtualService, gatewayVirtualService } = validManifests({
            weight: 25,
            hosts: ["api.example.com"],
            gateways: ["mesh", "edge/public"],
            match: [{ uri: { prefix: "/admin/" } }],
            routes: [
                {
                    name: "public",
                    match: [{ uri: { prefix: "/admin/public/" } }],
                    rewrite: { uri: "/public/" },
                },
            ],
        });
        const shares = { v1: 75, v2: 25 };
        assert.deepEqual(writtenRoute(virtualService, gatewayVirtualService)?.atGateways, shares);
    });

    it("reads the faults of both routes", () => {
        const fault = { abort: { percentage: 5, httpStatus: 503 } };
        const exemptions = { "fault-injection": "2999-12-31 chaos tests" };
        const [tested, usual] = [applied({ fault, exemptions }), applied({})];
        const pathsOf = (inside: unknown, outside: unknown) =>
            writtenRoute(inside, outside)?.faults?.map(({ path }) => path);
        assert.deepEqual(pathsOf(tested, undefined), ["spec.http[1].fault.abort"]);
        assert.deepEqual(pathsOf(usual, tested), ["spec.http[1].fault.abort"]);
        assert.equal(pathsOf(usual, usual), undefined);
    });
});

describe("kubernetesMesh", () => {
    const place = { namespace: "demo", app: "web", routing: "gateway-api" };
    const part = {
        routing: "gateway-api" as const,
        hosts: ["api.example.com"],
        gateways: ["mesh", "edge/public"],
        match: [{ uri: { prefix: "/orders/" } }],
    } satisfies Partial<RolloutInput>;

    /** A cluster with these routes, and the calls to it. */
    function clusterWith(routes: Readonly<Record<string, unknown>>) {
        const calls: string[] = [];
        const cluster = {
            read: async ({ plural }: Resource, namespace: string, name: string) => {
                calls.push(`read ${plural} ${namespace}/${name}`);
                return routes[name];
            },
            patch: async ({ plural }: Resource, namespace: string, name: string) =>
                calls.push(`patch ${plural} ${namespace}/${name}`),
        } as unknown as Parameters<typeof kubernetesMesh>[0];
        return { cluster, calls };
    }

    it("reads and patches the HTTPRoute of a rollout with routing gateway-api", async () => {
        const { cluster, calls } = clusterWith({
            web: applied({ weight: 25, routing: "gateway-api" }),
        });
        await kubernetesMesh(cluster, place).resetWeights();
        assert.deepEqual(
            calls.filter((one) => one.startsWith("patch")),
            ["patch httproutes demo/web"],
        );
    });

    it("has both HTTPRoutes of an app that shares its hosts", async () => {
        const { httpRoute, gatewayHttpRoute } = validManifests({ ...part, weight: 25 });
        const routes = { web: httpRoute, "web-gateway": gatewayHttpRoute };
        const { cluster, calls } = clusterWith(JSON.parse(JSON.stringify(routes)));
        const shares = { v1: 75, v2: 25 };
        const mesh = kubernetesMesh(cluster, place);
        assert.deepEqual(await mesh.written(), { shares, stable: "v1", atGateways: shares });
        await mesh.resetWeights();
        assert.deepEqual(
            calls.filter((one) => one.startsWith("patch")),
            ["patch httproutes demo/web", "patch httproutes demo/web-gateway"],
        );
        const at = (weight: number) => validManifests({ ...part, weight }).gatewayHttpRoute?.spec;
        const { body } = resetPatch(JSON.parse(JSON.stringify(gatewayHttpRoute)));
        assert.deepEqual((body as { spec: object }).spec, { rules: at(0)?.rules });
    });

    it("leaves somebody else's route with the name of the gateways' own", async () => {
        const other = { metadata: { name: "web-gateway" }, spec: { rules: [] } };
        const web = applied({ weight: 25, routing: "gateway-api" });
        const { cluster, calls } = clusterWith({ web, "web-gateway": other });
        const mesh = kubernetesMesh(cluster, place);
        assert.equal((await mesh.written())?.atGateways, undefined);
        await mesh.resetWeights();
        assert.ok(!calls.includes("patch httproutes demo/web-gateway"));
    });
});
