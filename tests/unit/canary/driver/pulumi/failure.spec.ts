// The driver's reaction to a refusal must not depend on its wording.
import assert from "node:assert/strict";
import type { Ended } from "../../../../../canary/driver/loop/context";
import { newPolling } from "../../../../../canary/driver/loop/context";
import { RolloutLog } from "../../../../../canary/driver/loop/rolloutLog";
import { run } from "../../../../../canary/driver/loop/run";
import { classifyFailure } from "../../../../../canary/driver/pulumi/failure";
import { CanaryRollout } from "../../../../../components";
import { REFUSED } from "../../../../../rollout/config/names";
import { CONFIG_KEYS } from "../../../../../rollout/config/rolloutConfig";
import { started } from "../../../../fixtures/analysis/settings";
import { fakeWorld } from "../../../../fixtures/driver/fakeWorld";
import { registeredBy } from "../../../../fixtures/rollout/mockEngine";
import { validArgs } from "../../../../fixtures/rollout/rollout";

/** The program's error for a config key with an invalid value. */
async function errorOf(key: string): Promise<string> {
    let message = "";
    await registeredBy(() => {
        try {
            new CanaryRollout("web", {
                ...validArgs(),
                [key]: Symbol.for("wrong").toString(),
            } as never);
        } catch (error) {
            message = (error as Error).message;
        }
    });
    return message;
}

/** The same text with other words; keeps only the code. */
function reworded(text: string): string {
    return text
        .split(REFUSED)
        .map((part) => part.replace(/\w/g, "x"))
        .join(REFUSED);
}

/** The end of a rollout if the preview of its second weight fails with this text. */
async function endOf(text: string): Promise<Ended> {
    const failure = {
        ok: false,
        seconds: 1,
        ...classifyFailure({ violations: [], errors: [], text }),
    };
    const world = fakeWorld({ previews: [undefined, failure as never] });
    const log = await RolloutLog.begin(world.journal, started({ bake: "1m" }));
    const { signal } = new AbortController();
    return run({ ports: world.ports, log, polling: newPolling(), signal, emergency: false });
}

describe("a refusal by the program", () => {
    for (const key of CONFIG_KEYS) {
        it(`holds the rollout, whatever its wording: ${key}`, async () => {
            const text = await errorOf(key);
            assert.match(text, /Nothing was changed/, "the component has refused it");
            const [ended, other] = [await endOf(text), await endOf(reworded(text))];
            assert.equal(ended.outcome, "held");
            assert.equal(other.outcome, "held");
            assert.ok(!ended.reason.includes(REFUSED), "people need not see the code");
        });
    }

    it("rolls back if its message has no code, whatever its wording", async () => {
        const text = (await errorOf("weight")).replaceAll(REFUSED, "");
        assert.match(text, /Nothing was changed/);
        assert.equal((await endOf(text)).outcome, "rolledBack");
    });
});

describe("classifyFailure", () => {
    it("treats a policy violation as a refusal, whatever else failed", () => {
        const output = { violations: ["weight-step: too much"], errors: ["boom"], text: "" };
        assert.deepEqual(classifyFailure(output), {
            why: "refused",
            reason: "weight-step: too much",
        });
    });

    it("prefers error events to other output", () => {
        const output = { violations: [], errors: ["no pod got ready"], text: "Updating" };
        assert.deepEqual(classifyFailure(output), { why: "failed", reason: "no pod got ready" });
    });
});
