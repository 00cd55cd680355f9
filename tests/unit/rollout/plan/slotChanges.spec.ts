import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
    changesBetween,
    lastPodsIn,
    slotChanges,
    TEMPLATE_GENERATION,
} from "../../../../rollout/plan/slotChanges";
import { validManifests } from "../../../fixtures/rollout/rollout";

describe("changesBetween", () => {
    it("should find nothing between equals, however they are written", () => {
        const template = { spec: { containers: [{ image: "web:1", args: ["-v"], env: [] }] } };
        assert.deepEqual(changesBetween(template, JSON.parse(JSON.stringify(template))), []);
        assert.deepEqual(changesBetween({ a: 1, b: 2 }, { b: 2, a: 1, c: undefined }), []);
    });

    it("should name each field that differs, comes or goes", () => {
        const before = { spec: { containers: [{ image: "web:1", command: ["web"] }] } };
        const after = {
            spec: { containers: [{ image: "web:2" }, { name: "log" }], hostname: "a" },
        };
        assert.deepEqual(changesBetween(before, after), [
            { path: "spec.containers[0].image", before: "web:1", after: "web:2" },
            { path: "spec.containers[0].command", before: ["web"] },
            { path: "spec.containers[1]", after: { name: "log" } },
            { path: "spec.hostname", after: "a" },
        ]);
    });

    it("should name the items of a list that differ, not the whole list", () => {
        const before = { args: ["server", "-a"], tolerations: [] };
        const after = { args: ["server", "-b", "-c"], tolerations: [{ key: "x" }] };
        assert.deepEqual(changesBetween(before, after), [
            { path: "args[1]", before: "-a", after: "-b" },
            { path: "args[2]", after: "-c" },
            { path: "tolerations[0]", after: { key: "x" } },
        ]);
    });

    it("should quote a key that has dots", () => {
        const [change] = changesBetween({}, { annotations: { "a/b.c": "x" } }.annotations);
        assert.equal(change?.path, '["a/b.c"]');
    });
});

describe("what the last update wrote", () => {
    const template = { spec: { containers: [{ image: "web:1", volumes: [{ emptyDir: {} }] }] } };
    const pods = { generation: TEMPLATE_GENERATION, templates: { v1: template } };
    const state = {
        "urn:1": {
            type: "istio-canary:index:CanaryRollout",
            outputs: { step: { route: "demo/web" }, pods },
        },
    };

    it("should be found by the rollout's namespace and app", () => {
        const found = lastPodsIn(state, "demo", "web");
        assert.deepEqual(found?.templates.v1, template);
        assert.equal(found?.templates.v2, undefined);
        assert.equal(lastPodsIn(state, "demo", "shop"), undefined);
        assert.equal(lastPodsIn(state, "other", "web"), undefined);
        assert.equal(lastPodsIn({}, "demo", "web"), undefined);
    });

    it("should not be there after an update that kept nothing", () => {
        const outputs = { step: { route: "demo/web" } };
        const older = { "urn:1": { type: "istio-canary:index:CanaryRollout", outputs } };
        assert.equal(lastPodsIn(older, "demo", "web"), undefined);
    });

    it("should be compared with what this update writes", () => {
        const [change] = slotChanges(pods, "v1", { spec: { containers: [{ image: "web:1" }] } });
        assert.deepEqual(change, {
            path: "spec.containers[0].volumes",
            before: [{ emptyDir: {} }],
        });
        assert.deepEqual(slotChanges(pods, "v1", template), []);
        assert.deepEqual(slotChanges(pods, "v2", template), []);
        assert.deepEqual(slotChanges(undefined, "v1", template), []);
    });

    it("should not be compared with what another release writes for the same config", () => {
        const older = { ...pods, generation: TEMPLATE_GENERATION - 1 };
        assert.match(
            String(slotChanges(older, "v1", {})),
            /^The last update was another release of istio-canary, .* look at this Deployment in the preview\./,
        );
    });
});

describe("TEMPLATE_GENERATION", () => {
    it("should count up when the same config makes another pod template", () => {
        const [v1] = validManifests().workloads;
        const written = createHash("sha256").update(JSON.stringify(v1?.deployment.spec.template));
        assert.deepEqual(
            { [TEMPLATE_GENERATION]: written.digest("hex").slice(0, 16) },
            { 3: "e8ea1c72d6bc9070" },
            "Add 1 to TEMPLATE_GENERATION, and write the new digest here.",
        );
    });
});
