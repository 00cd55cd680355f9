// Steps run as soon as possible; the first failure stops the others and is the one reported.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { stepsProgress } from "../../../../dev/sandbox/steps/stepProgress";
import { inOrder, runSteps, type Step } from "../../../../dev/sandbox/steps/steps";

const never = new AbortController().signal;

function recorder() {
    const events: string[] = [];
    return {
        events,
        started: (step: string) => void events.push(`started ${step}`),
        waiting: () => {},
        done: (step: string, how: string) => void events.push(`done ${step} ${how}`),
        failed: (step: string) => void events.push(`failed ${step}`),
    };
}

const step = (name: string, after: string[], run = async () => "ok"): Step => ({
    name,
    after,
    run,
});

describe("runSteps", () => {
    it("starts a step once its dependencies are done, in any list order", async () => {
        const progress = recorder();
        await runSteps([step("c", ["a", "b"]), step("b", ["a"]), step("a", [])], progress, never);
        assert.deepEqual(progress.events, [
            ...["started a", "done a ok", "started b", "done b ok", "started c", "done c ok"],
        ]);
    });

    it("runs independent steps concurrently", async () => {
        let running = 0;
        let most = 0;
        const together = async () => {
            running += 1;
            most = Math.max(most, running);
            await sleep(5);
            running -= 1;
            return "ok";
        };
        await runSteps([step("a", [], together), step("b", [], together)], recorder(), never);
        assert.equal(most, 2);
    });

    it("throws the first failure, interrupts running steps and starts no others", async () => {
        const progress = recorder();
        const waits: Step = {
            name: "waits",
            run: async ({ signal }) => {
                await sleep(60_000, undefined, { signal });
                return "never";
            },
        };
        const fails = step("fails", [], async () => {
            throw new Error("etcd exited with code 1");
        });
        await assert.rejects(
            runSteps([waits, fails, step("later", ["fails"])], progress, never),
            new Error("etcd exited with code 1"),
        );
        assert.deepEqual(progress.events, ["started waits", "started fails", "failed fails"]);
    });

    it("throws the reason of an interruption", async () => {
        const controller = new AbortController();
        const waits: Step = {
            name: "waits",
            run: async ({ signal }) => {
                controller.abort(new Error("Interrupted by SIGINT."));
                signal.throwIfAborted();
                return "never";
            },
        };
        await assert.rejects(
            runSteps([waits], recorder(), controller.signal),
            new Error("Interrupted by SIGINT."),
        );
    });
});

describe("inOrder", () => {
    it("names the steps that can never start", () => {
        assert.throws(
            () => inOrder([step("a", ["b"]), step("b", ["a"]), step("c", ["nobody"])]),
            new Error('These steps can never start: "a" needs b; "b" needs a; "c" needs nobody.'),
        );
    });
});

describe("stepsProgress", () => {
    it("writes plain lines without a terminal, and one every 10 s during a long wait", () => {
        let now = 0;
        let text = "";
        const out = { isTTY: false, write: (chunk: string) => (text += chunk) };
        const progress = stepsProgress(out as unknown as NodeJS.WriteStream, () => now);
        progress.started("istiod");
        for (; now < 21_000; now += 1000) {
            progress.waiting("istiod", "0 of 1 pods available");
        }
        progress.done("istiod", "ready");
        progress.end();
        assert.deepEqual(text.split("\n"), [
            "  … istiod                     10.0s  0 of 1 pods available",
            "  … istiod                     20.0s  0 of 1 pods available",
            "  ✓ istiod                     21.0s  ready",
            "",
        ]);
    });
});
