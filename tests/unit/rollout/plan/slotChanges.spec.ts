import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
    changesBetween,
    previousPodsIn,
    slotChanges,
    TEMPLATE_GENERATION,
} from "../../../../rollout/plan/slotChanges";
import { validManifests } from "../../../fixtures/rollout/rollout";

describe("changesBetween", () => {
    it("finds no changes between equal templates, regardless of the order of keys", () => {
        const template = { spec: { containers: [{ image: "web:1", args: ["-v"], env: [] }] } };
        assert.deepEqual(changesBetween(template, JSON.parse(JSON.stringify(template))), []);
        assert.deepEqual(changesBetween({ a: 1, b: 2 }, { b: 2, a: 1, c: undefined }), []);
    });

    it("lists each changed, added and removed field", () => {
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

    it("lists the items of a list that differ, not the whole list", () => {
        const before = { args: ["server", "-a"], tolerations: [] };
        const after = { args: ["server", "-b", "-c"], tolerations: [{ key: "x" }] };
        assert.deepEqual(changesBetween(before, after), [
            { path: "args[1]", before: "-a", after: "-b" },
            { path: "args[2]", after: "-c" },
            { path: "tolerations[0]", after: { key: "x" } },
        ]);
    });

    it("quotes a key with special characters", () => {
        const [change] = changesBetween({}, { annotations: { "a/b.c": "x" } }.annotations);
        assert.equal(change?.path, '["a/b.c"]');
    });
});

describe("the pod templates of the previous update", () => {
    const template = { spec: { containers: [{ image: "web:1", volumes: [{ emptyDir: {} }] }] } };
    const pods = { generation: TEMPLATE_GENERATION, templates: { v1: template } };
    const state = {
        "urn:1": {
            type: "istio-canary:index:CanaryRollout",
            outputs: { step: { route: "demo/web" }, pods },
        },
    };

    it("are found by the rollout's namespace and app", () => {
        const found = previousPodsIn(state, "demo", "web");
        assert.deepEqual(found?.templates.v1, template);
        assert.equal(found?.templates.v2, undefined);
        assert.equal(previousPodsIn(state, "demo", "shop"), undefined);
        assert.equal(previousPodsIn(state, "other", "web"), undefined);
        assert.equal(previousPodsIn({}, "demo", "web"), undefined);
    });

    it("are undefined if the previous update stored none", () => {
        const outputs = { step: { route: "demo/web" } };
        const older = { "urn:1": { type: "istio-canary:index:CanaryRollout", outputs } };
        assert.equal(previousPodsIn(older, "demo", "web"), undefined);
    });

    it("are compared with those of this update", () => {
        const [change] = slotChanges(pods, "v1", { spec: { containers: [{ image: "web:1" }] } });
        assert.deepEqual(change, {
            path: "spec.containers[0].volumes",
            before: [{ emptyDir: {} }],
        });
        assert.deepEqual(slotChanges(pods, "v1", template), []);
        assert.deepEqual(slotChanges(pods, "v2", template), []);
        assert.deepEqual(slotChanges(undefined, "v1", template), []);
    });

    it("are not compared if another release wrote them", () => {
        const older = { ...pods, generation: TEMPLATE_GENERATION - 1 };
        assert.match(
            String(slotChanges(older, "v1", {})),
            /^Another release of istio-canary ran the previous update .* check this Deployment in the preview\./,
        );
    });
});

describe("TEMPLATE_GENERATION", () => {
    it("increases when the same config generates a different pod template", () => {
        const [v1] = validManifests().workloads;
        const written = createHash("sha256").update(JSON.stringify(v1?.deployment.spec.template));
        assert.deepEqual(
            { [TEMPLATE_GENERATION]: written.digest("hex").slice(0, 16) },
            { 3: "e8ea1c72d6bc9070" },
            "Add 1 to TEMPLATE_GENERATION, and update the digest here.",
        );
    });
});
