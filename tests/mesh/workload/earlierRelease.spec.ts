// A stack that an earlier release wrote: its component types and annotations had other names.
import assert from "node:assert/strict";
import { EARLIER_DOMAIN } from "../../../rollout/config/names";
import { LiveRollout } from "../harness/liveRollout";

const namespace = "mesh-earlier";

describe("a stack of an earlier release", () => {
    let live: LiveRollout;

    before(async () => {
        live = await LiveRollout.start({ namespace });
        await live.shift(10);
        const written = await live.stack.state();
        const earlier = written
            .replaceAll("istio-canary:index:", "rollout:index:")
            .replaceAll("istio-canary.dev/", `${EARLIER_DOMAIN}/`);
        assert.notEqual(earlier, written);
        await live.stack.importState(earlier);
    });

    after(() => live?.stop());

    it("keeps every object and takes the next weight", async () => {
        const { output } = await live.shift(25).then(() => live.up());
        assert.doesNotMatch(output, /\b(created|deleted|replaced)\b/);
        assert.doesNotMatch(await live.stack.state(), /"rollout:index:/);
    });

    it("answers every request meanwhile", () => {
        assert.deepEqual(live.failures(), []);
    });
});
