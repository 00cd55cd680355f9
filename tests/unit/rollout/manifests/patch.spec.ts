import assert from "node:assert/strict";
import { patched } from "../../../../rollout/manifests/workload/patch";

describe("patched", () => {
    it("merges mappings, and lists by name", () => {
        const base = { a: 1, list: [{ name: "x", b: 1 }], plain: [1] };
        const patch = { list: [{ name: "y" }, { name: "x", c: 2 }], plain: [2] };
        assert.deepEqual(patched(base, patch), {
            a: 1,
            list: [{ name: "x", b: 1, c: 2 }, { name: "y" }],
            plain: [2],
        });
    });

    it("removes fields that are null, and keeps fields that the patch does not have", () => {
        assert.deepEqual(patched({ a: 1, b: 2 }, { a: null }), { b: 2 });
        const base = { a: 1 };
        assert.equal(patched(base, undefined), base);
    });
});
