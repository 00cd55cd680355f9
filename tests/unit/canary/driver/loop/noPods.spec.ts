// A weight is not raised while the canary has no pods that take requests.
import assert from "node:assert/strict";
import { fakeWorld } from "../../../../fixtures/driver/fakeWorld";
import { runRollout } from "../../../../fixtures/driver/runRollout";

describe("the driver, of a canary without pods,", () => {
    it("holds, and writes nothing, if an autoscaler has scaled the canary to zero", async () => {
        const world = fakeWorld();
        Object.assign(world.ports.mesh, { pods: async () => ({ ready: 0, wanted: 0 }) });
        const { outcome, reason } = await runRollout(world);
        assert.equal(outcome, "held");
        assert.match(reason, /Deployment shop\/web-v2: expected at least 1 replica .*, got 0/);
        assert.deepEqual([world.updated, world.configured], [[], 0]);
    });

    it("waits for pods that somebody else starts before it raises the weight", async () => {
        const world = fakeWorld();
        const path = "versions.v2.workloadRef";
        const short = { path, reason: "expected ready pods, got 1 of 2 ready.", passes: true };
        let reads = 0;
        const referenced = async () => ({ problems: ++reads % 3 === 0 ? [] : [short] });
        Object.assign(world.ports.mesh, { referenced });
        const { outcome, reason } = await runRollout(world);
        assert.equal(outcome, "promoted", reason);
        assert.deepEqual(world.updated, [10, 25, 50, 100]);
        assert.equal(reads, 12);
        assert.match(
            JSON.stringify(world.records.filter(({ type }) => type === "note")),
            /got 1 of 2 ready/,
        );
    });
});
