import assert from "node:assert/strict";
import { patchToStable, writtenRoute } from "../../../../../canary/driver/kubernetes/mesh";
import type { RolloutInput } from "../../../../../rollout/config/rolloutConfig";
import { validManifests } from "../../../../fixtures/rollout/rollout";

/** The rollout's VirtualService as the API server has it after Pulumi applied it. */
function applied(change: Partial<RolloutInput> = {}, operation = "Apply") {
    const { virtualService } = validManifests(change);
    const { metadata, spec } = JSON.parse(JSON.stringify(virtualService));
    return {
        apiVersion: virtualService.apiVersion,
        kind: virtualService.kind,
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

/** What an update to weight 0 would write. */
function specAtZero(change: Partial<RolloutInput> = {}) {
    return applied({ ...change, weight: 0 }).spec;
}

const cases: [string, Partial<RolloutInput>][] = [
    ["a plain rollout", {}],
    ["roles that were swapped", { stable: "v2", canary: "v1" }],
    ["sticky users, each with their cookie", { sticky: { cookie: "web" } }],
    [
        "targets, which an update leaves too",
        { targets: [{ headers: { "x-user": { exact: "a" } } }] },
    ],
    ["TCP", { protocol: "tcp" }],
];

describe("patchToStable", () => {
    for (const [what, change] of cases) {
        it(`should write what an update to weight 0 writes: ${what}`, () => {
            const { by, body } = patchToStable(applied({ ...change, weight: 25 }));
            assert.equal(by, "apply");
            const { spec } = body as { spec: unknown };
            assert.deepEqual(spec, specAtZero(change));
        });
    }

    it("should write in Pulumi's name all that Pulumi wrote, and nothing of anybody else's", () => {
        const found = applied({ weight: 25 });
        const { body, fieldManager } = patchToStable(found);
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

    it("should merge the routes alone where nobody applied them", () => {
        const { by, fieldManager, body } = patchToStable(applied({ weight: 25 }, "Update"));
        assert.deepEqual(
            { by, fieldManager },
            { by: "merge", fieldManager: "pulumi-kubernetes-940466be" },
        );
        const { http } = specAtZero();
        assert.deepEqual(JSON.parse(JSON.stringify(body)), {
            metadata: { resourceVersion: "567" },
            spec: { http },
        });
    });
});

describe("writtenRoute", () => {
    it("should read the shares of the mesh, and those of gateways apart", () => {
        const [inside, outside] = [applied({ weight: 25 }), applied({ weight: 10 })];
        assert.equal(writtenRoute(undefined, undefined), undefined);
        assert.deepEqual(writtenRoute(inside, undefined), {
            shares: { v1: 75, v2: 25 },
            stable: "v1",
        });
        assert.deepEqual(writtenRoute(inside, outside), {
            shares: { v1: 75, v2: 25 },
            stable: "v1",
            atGateways: { v1: 90, v2: 10 },
        });
    });
});
