// `istio-canary status --watch`, on a Lease in memory.
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import type { RecordBody } from "../../../../canary/analysis/record/record";
import { watchRollout } from "../../../../canary/cli/rollout/watchRollout";
import type { LeaseView } from "../../../../canary/driver/lease/leaseView";
import { leaseStatusOf } from "../../../../canary/driver/loop/statusPublisher";
import {
    BACK,
    ROUTED,
    STARTED_AT,
    sampleRecord,
    statusOf,
} from "../../../fixtures/analysis/rolloutRecords";

type Answer = LeaseView | undefined | Error;

function leaseOf(records: readonly RecordBody[], live = true): LeaseView {
    const status = leaseStatusOf(statusOf(...records));
    return { holder: "ada@laptop:7", age: live ? 1 : 40, live, waiting: [], status };
}

/** Gives the answers in order, the last one again and again; each wait takes its time at once. */
async function watched(answers: readonly Answer[], isTTY = false) {
    const stream = Object.assign(new PassThrough(), { isTTY, columns: 81, rows: 40 });
    let elapsed = 0;
    let asked = 0;
    const clock = {
        now: () => STARTED_AT + 60_000 + elapsed,
        elapsed: () => elapsed,
        sleep: async (milliseconds: number) => {
            elapsed += milliseconds;
        },
    };
    const code = await watchRollout({
        read: async () => {
            const answer = answers[Math.min(asked++, answers.length - 1)];
            if (answer instanceof Error) throw answer;
            return answer;
        },
        clock,
        stream: stream as unknown as NodeJS.WriteStream,
        env: { TERM: "xterm", NO_COLOR: "1" },
    });
    return { code, text: String(stream.read() ?? ""), asked };
}

describe("watchRollout", () => {
    const running = leaseOf([...ROUTED, sampleRecord()]);
    const rolledBack = leaseOf([...ROUTED, sampleRecord(), ...BACK]);

    it("prints changes on lines if there is no terminal, and the end", async () => {
        const { code, text } = await watched([running, running, running, rolledBack]);
        assert.equal(code, 1);
        assert.deepEqual(text.split("\n"), [
            "2026-11-21T13:13:00Z weight 10: running: errors: 3 of 210 failed; evidence 1.5 of 5.3",
            "2026-11-21T13:13:06Z weight 0: rolledBack: errors: 40 of 210 failed",
            "web-20261121T131200Z: rolled back: errors: 40 of 210 failed",
            "",
        ]);
    });

    it("draws the driver's view on a terminal", async () => {
        const { text } = await watched([running, rolledBack], true);
        assert.match(text, /errors {2}░+ 4\.48 of 200 to 1: rollback/);
        assert.match(text, /stop {4}istio-canary rollback -r shop\/web/);
        assert.match(text, /web-20261121T131200Z: rolled back: errors: 40 of 210 failed\n$/);
    });

    it("does not miss the driver of a rollout that has ended", async () => {
        const ended = leaseOf([...ROUTED, sampleRecord(), ...BACK], false);
        assert.doesNotMatch((await watched([running, ended])).text, /no driver/);
    });

    it("returns 0 after a promotion", async () => {
        const end: RecordBody = { type: "ended", outcome: "promoted", reason: "it baked" };
        assert.equal((await watched([leaseOf([...ROUTED, end])])).code, 0);
    });

    it("says so if the driver has stopped, and gives up after a minute", async () => {
        const { code, text, asked } = await watched([leaseOf([...ROUTED, sampleRecord()], false)]);
        assert.equal(code, 1);
        assert.ok(asked > 25, String(asked));
        assert.match(text, /^The rollout has not finished: no driver since 1 min\. Continue/m);
    });

    it("survives an API server that does not answer for a while", async () => {
        const down = new Error("connection refused");
        const { code, text } = await watched([running, down, down, rolledBack]);
        assert.equal(code, 1);
        assert.match(text, /evidence 1\.5 of 5\.3 \(connection refused\)/);
    });

    it("rejects without a rollout", async () => {
        await assert.rejects(watched([undefined]), /No driver has run this rollout/);
    });
});
