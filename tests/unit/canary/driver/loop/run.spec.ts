import assert from "node:assert/strict";
import type { RecordBody } from "../../../../../canary/analysis/record/record";
import { replay } from "../../../../../canary/analysis/record/reduce";
import { resume } from "../../../../../canary/driver/loop/resume";
import { RolloutLog } from "../../../../../canary/driver/loop/rolloutLog";
import type { EngineResult } from "../../../../../canary/driver/ports";
import type { Finding } from "../../../../../rollout/rules/rule";
import { T0 } from "../../../../fixtures/analysis/settings";
import { fakeWorld, type World } from "../../../../fixtures/driver/fakeWorld";
import { runRollout } from "../../../../fixtures/driver/runRollout";

const failed = (why: "refused" | "locked" | "failed", reason: string): EngineResult => ({
    ok: false,
    why,
    reason,
    seconds: 3,
});

/** A person must approve weight 25. */
const approvalBefore25: World["gate"] = (when, weight, approved) =>
    when === "before" && weight === 25
        ? [{ gate: "approval", verdict: approved ? "pass" : "waiting", reason: "nobody yet" }]
        : [];

const isPostponed = (record: RecordBody) => record.type === "phase" && record.step === "postponed";
const seconds = (world: World) => (world.now - T0) / 1_000;
const recordsOf = (world: World, type: RecordBody["type"]) =>
    world.records.filter((record) => record.type === type);

describe("the driver", () => {
    it("sets each weight of the ladder once for a healthy canary, and promotes it", async () => {
        const world = fakeWorld({ failing: { v1: 0.001, v2: 0.001 } });
        const ended = await runRollout(world);
        assert.deepEqual(ended.outcome, "promoted");
        assert.deepEqual(world.updated, [10, 25, 50, 100]);
        assert.deepEqual([world.written, world.configured], [100, 100]);
        assert.deepEqual(world.sent.at(-1), "promoted 100");
        assert.ok(seconds(world) < 300, `${seconds(world)} s`);
    });

    it("polls Prometheus once per scrape, as soon as the scrape is there", async () => {
        const world = fakeWorld({ failing: { v1: 0.001, v2: 0.001 } });
        const { fetch } = world.ports.metrics;
        const asked: number[] = [];
        world.ports.metrics.fetch = (since, signal) => {
            asked.push(world.now);
            return fetch(since, signal);
        };
        await runRollout(world);
        const samples = recordsOf(world, "sample");
        // Additional polls: before the scrape interval is known, and when callers get a weight.
        assert.ok(
            asked.length <= 1.3 * samples.length,
            `${asked.length} for ${samples.length} samples`,
        );
        const late = samples.filter(
            (record) => record.type === "sample" && record.sampledAt % 5_000 > 1_500,
        );
        assert.ok(late.length <= 8, `${late.length} of ${samples.length} samples were late`);
    });

    it("rolls back a canary that fails from the start", async () => {
        const world = fakeWorld({ failing: { v1: 0, v2: 0.2 } });
        const { outcome, reason } = await runRollout(world);
        assert.equal(outcome, "rolledBack");
        assert.match(reason, /^errors: the canary fails more than the stable/);
        assert.deepEqual(world.updated, [10, 0]);
        assert.deepEqual([world.written, world.configured], [0, 0]);
        // Propagation is recorded without waiting for the rest of the update.
        const steps = recordsOf(world, "rollback").map((record) => "step" in record && record.step);
        assert.deepEqual(steps, ["verdict", "written", "routed", "engine"]);
    });

    it("rolls back a canary that starts to fail at 50 %", async () => {
        const world = fakeWorld();
        world.onRecord = (body) => {
            if (body.type === "phase" && body.weight === 50) world.failing.v2 = 0.3;
        };
        assert.equal((await runRollout(world)).outcome, "rolledBack");
        assert.deepEqual(world.updated, [10, 25, 50, 0]);
    });

    it("retreats from 100 % on failures, and rolls back if only the canary fails", async () => {
        const world = fakeWorld();
        world.onRecord = (body) => {
            if (body.type === "phase" && body.weight === 100) world.failing.v2 = 0.2;
        };
        assert.equal((await runRollout(world, { bake: "5m" })).outcome, "rolledBack");
        assert.deepEqual(world.updated, [10, 25, 50, 100, 50, 0]);
    });

    it("retreats from 100 % on failures, and promotes if both versions failed", async () => {
        const world = fakeWorld();
        let over = Number.POSITIVE_INFINITY;
        world.onRecord = (body) => {
            if (body.type === "phase" && body.weight === 100 && over > world.now + 1e9) {
                over = world.now + 120_000;
            }
            const share = world.now < over && over < Number.POSITIVE_INFINITY ? 0.3 : 0;
            world.failing = { v1: share, v2: share };
        };
        const { outcome, reason } = await runRollout(world, { bake: "2m" });
        assert.equal(outcome, "promoted", reason);
        assert.deepEqual(world.updated, [10, 25, 50, 100, 50, 100]);
    });

    it("holds, and writes nothing, if a rule refuses the next weight", async () => {
        const world = fakeWorld({ previews: [failed("refused", "http-timeout: no timeout")] });
        const { outcome, reason } = await runRollout(world);
        assert.equal(outcome, "held");
        assert.match(reason, /weight 10 was not set: http-timeout: no timeout/);
        assert.deepEqual([world.updated, world.configured], [[], 0]);
    });

    it("rolls back if an update fails half-way", async () => {
        const world = fakeWorld({ updates: [failed("failed", "Deployment web-v2 is not ready")] });
        const { outcome, reason } = await runRollout(world);
        assert.equal(outcome, "rolledBack");
        assert.match(reason, /Deployment web-v2 is not ready/);
        assert.deepEqual([world.updated, world.configured], [[0], 0]);
    });

    it("clears the lock of a dead process and continues", async () => {
        const world = fakeWorld({ previews: [failed("locked", "locked by root@here (pid 42)")] });
        assert.equal((await runRollout(world)).outcome, "promoted");
        assert.match(JSON.stringify(recordsOf(world, "note")), /process 42 of this host is dead/);
    });

    it("keeps its weight, and goes on, while another update of the stack runs", async () => {
        const locked = () => failed("locked", "locked by ada@desk (pid 7)");
        const world = fakeWorld();
        world.onRecord = (body) => {
            // More than one update retries by itself.
            if (body.type !== "phase" || body.weight !== 25 || body.step !== "wanted") return;
            if (world.previews.length === 0 && world.updated.length === 1) {
                if (!world.records.some(isPostponed))
                    world.previews.push(locked(), locked(), locked());
            }
        };
        const ended = await runRollout(world);
        assert.equal(ended.outcome, "promoted", ended.reason);
        assert.equal(world.records.filter(isPostponed).length, 1);
        assert.deepEqual(world.updated.slice(0, 2), [10, 25]);
        const [, next] = replay(world.records).timeline;
        assert.equal(next?.weight, 25);
    });

    it("says once which other driver it waits for, before the first weight too", async () => {
        const world = fakeWorld();
        const answers = Array.from({ length: 4 }, () => "waits for the driver of orders");
        world.ports.engine.busy = async () => answers.shift();
        assert.equal((await runRollout(world)).outcome, "promoted");
        const notes = recordsOf(world, "note").filter((one) => /orders/.test(JSON.stringify(one)));
        assert.equal(notes.length, 1);
        assert.equal(world.records.filter(isPostponed).length, 0);
    });

    it("holds if somebody else changes the weight, keeps it, and names both values", async () => {
        const world = fakeWorld();
        world.onRecord = (body) => {
            if (body.type === "sample" && body.weight === 25) world.written = 40;
        };
        const { outcome, reason } = await runRollout(world);
        assert.equal(outcome, "held");
        assert.match(reason, /the route: expected 25, got 40/);
        assert.equal(world.written, 40);
    });

    it("holds if somebody injects a fault meanwhile", async () => {
        const world = fakeWorld();
        const { mesh } = world.ports;
        const { written } = mesh;
        let faults: readonly Finding[] = [];
        mesh.written = async () => ({
            shares: { v1: 0, v2: 0 },
            stable: "v1",
            ...(await written()),
            faults,
        });
        world.onRecord = (body) => {
            if (body.type !== "sample" || body.weight !== 25) return;
            const [path, expected] = ["spec.http[0].fault.abort", "no injected fault"];
            faults = [{ resource: "VirtualService shop/web", path, found: {}, expected, fix: "" }];
        };
        const { outcome, reason } = await runRollout(world);
        assert.equal(outcome, "held");
        assert.match(
            reason,
            /^VirtualService shop\/web: spec\.http\[0\]\.fault\.abort: expected no/,
        );
        assert.equal(world.written, 25);
    });

    it("holds if somebody else edits the config file", async () => {
        const world = fakeWorld();
        world.onRecord = (body) => {
            if (body.type === "sample" && body.weight === 10) world.configured = 0;
        };
        const { outcome, reason } = await runRollout(world);
        assert.equal(outcome, "held");
        assert.match(reason, /the config: expected 10, got 0/);
    });

    it("rolls back if Prometheus stays down, and never advances meanwhile", async () => {
        const world = fakeWorld();
        world.onRecord = (body) => {
            if (body.type === "phase" && body.step === "routed") world.prometheus = "down";
        };
        const { outcome, reason } = await runRollout(world);
        assert.equal(outcome, "rolledBack");
        assert.match(reason, /^data: no counts for 5 min( \d s)? \(unreachable\): /);
        assert.deepEqual(world.updated, [10, 0]);
    });

    it("rolls back the route if the engine stays down, and reports it", async () => {
        const down = Array.from({ length: 100 }, () => failed("failed", "the backend is down"));
        const world = fakeWorld({ failing: { v1: 0, v2: 1 } });
        world.onRecord = (body) => {
            if (body.type === "rollback" && body.step === "verdict") world.updates.push(...down);
        };
        const { outcome, reason } = await runRollout(world);
        assert.equal(outcome, "rolledBack");
        assert.match(
            reason,
            /Pulumi could not run: the backend is down.*pulumi up --refresh --skip-preview/,
        );
        assert.deepEqual([world.configured, world.written, world.patches], [0, 0, [10]]);
    });

    it("patches the route at once, and retries the engine until it agrees", async () => {
        const world = fakeWorld({ failing: { v1: 0, v2: 1 } });
        world.onRecord = (body) => {
            if (body.type === "rollback" && body.step === "verdict") {
                world.updates.push(failed("failed", "the backend is down"));
            }
        };
        const { outcome } = await runRollout(world);
        assert.equal(outcome, "rolledBack");
        assert.deepEqual([world.patches, world.updated], [[10], [10, 0]]);
    });

    it("keeps sampling while it waits for an approval, and rolls back on evidence", async () => {
        const world = fakeWorld();
        world.gate = approvalBefore25;
        world.onRecord = (body) => {
            if (body.type === "gate") world.failing.v2 = 0.5;
        };
        const { outcome } = await runRollout(world);
        assert.equal(outcome, "rolledBack");
        assert.deepEqual(world.updated, [10, 0]);
        assert.equal(recordsOf(world, "gate").length, 1);
        assert.ok(world.statuses.some(({ state }) => state === "waiting"));
    });

    it("is waiting again after Prometheus did not answer for a while", async () => {
        const world = fakeWorld();
        world.gate = approvalBefore25;
        let samples = 0;
        world.onRecord = ({ type }) => {
            const isWaiting = world.records.some((record) => record.type === "gate");
            if (type === "sample" && isWaiting) samples++;
            world.prometheus = samples > 2 && samples < 5 ? "down" : "up";
            if (samples === 10) world.controls.push({ control: "hold", by: "ada" });
        };
        assert.equal((await runRollout(world)).outcome, "held");
        const states = world.statuses.map(({ state }) => state).join(" ");
        assert.match(states, /waiting.* running.* waiting/);
        assert.equal(recordsOf(world, "gate").length, 2);
    });

    it("publishes its status again after the API server did not answer", async () => {
        const world = fakeWorld();
        world.gate = approvalBefore25;
        const { show } = world.ports.lease;
        let lost = 0;
        world.ports.lease.show = async (status) => {
            if (status.state === "waiting" && lost++ < 2) throw new Error("connection refused");
            await show(status);
        };
        world.onRecord = () => {
            if (world.statuses.at(-1)?.state === "waiting") {
                world.controls.push({ control: "approve", by: "ada" });
            }
        };
        assert.equal((await runRollout(world)).outcome, "promoted");
    });

    it("continues when a person approves", async () => {
        const world = fakeWorld();
        world.gate = approvalBefore25;
        world.onRecord = (body) => {
            if (body.type === "gate" && body.verdict === "waiting") {
                world.controls.push({ control: "approve", by: "ada" });
            }
        };
        assert.equal((await runRollout(world)).outcome, "promoted");
    });

    it("stays at its weight while it is paused", async () => {
        const world = fakeWorld();
        let samples = 0;
        world.onRecord = (body) => {
            if (body.type !== "sample" || body.weight !== 10) return;
            samples++;
            if (samples === 1) world.controls.push({ control: "pause", by: "ada" });
            if (samples === 40) world.controls.push({ control: "resume", by: "ada" });
        };
        assert.equal((await runRollout(world)).outcome, "promoted");
        assert.ok(samples >= 40);
    });

    for (const [control, outcome, weight] of [
        ["rollback", "rolledBack", 0],
        ["hold", "held", 10],
    ] as const) {
        it(`obeys the command ${control}`, async () => {
            const world = fakeWorld();
            world.onRecord = (body) => {
                if (body.type === "sample") world.controls.push({ control, by: "ada" });
            };
            const ended = await runRollout(world);
            assert.deepEqual([ended.outcome, world.written], [outcome, weight]);
            assert.match(ended.reason, /requested by ada/);
        });
    }

    it("stops writing when it loses the Lease", async () => {
        const world = fakeWorld();
        world.onRecord = (body) => {
            if (body.type === "sample") world.lost.abort();
        };
        await assert.rejects(runRollout(world), /This driver lost the rollout's Lease/);
        assert.deepEqual(world.updated, [10]);
    });

    it("rolls back if it may not repeat an update that had already written the route", async () => {
        const world = fakeWorld();
        world.onRecord = (body) => {
            if (body.type === "phase" && body.step === "updated") throw new Error("killed");
        };
        await assert.rejects(runRollout(world), /killed/);
        assert.equal(world.written, 10);
        world.onRecord = () => {};
        world.previews.push(failed("refused", "http-timeout: no timeout"));
        const { signal } = new AbortController();
        const log = RolloutLog.resume(world.journal);
        const ended = await resume({ ports: world.ports, log, signal, emergency: false });
        assert.equal(ended.outcome, "rolledBack");
        assert.deepEqual([world.written, world.configured], [0, 0]);
    });

    it("obeys a request to promote that it recorded before it was killed", async () => {
        const world = fakeWorld();
        let recorded = false;
        world.onRecord = (body) => {
            if (recorded) throw new Error("killed");
            if (body.type === "sample") world.controls.push({ control: "promote", by: "ada" });
            recorded = body.type === "control";
        };
        await assert.rejects(runRollout(world), /killed/);
        world.onRecord = () => {};
        const before = world.records.length;
        const { signal } = new AbortController();
        const log = RolloutLog.resume(world.journal);
        await resume({ ports: world.ports, log, signal, emergency: false });
        const next = world.records.slice(before).find(({ type }) => type === "phase");
        const polls = world.records.slice(before).filter(({ type }) => type === "sample");
        assert.equal(next?.type === "phase" && next.weight, 25);
        assert.ok(polls.filter((one) => one.type === "sample" && one.weight === 10).length <= 1);
    });

    for (const [name, failing] of [
        ["healthy", 0],
        ["failing", 0.3],
    ] as const) {
        it(`ends a ${name} rollout the same if it is killed at any record and resumed`, async () => {
            const whole = fakeWorld({ failing: { v1: 0, v2: failing } });
            const { outcome } = await runRollout(whole);
            for (let cut = 2; cut < whole.records.length; cut++) {
                const world = fakeWorld({ failing: { v1: 0, v2: failing } });
                world.onRecord = () => {
                    if (world.records.length === cut) throw new Error("killed");
                };
                await assert.rejects(runRollout(world), /killed/);
                world.onRecord = () => {};
                const { signal } = new AbortController();
                const log = RolloutLog.resume(world.journal);
                const parts = { ports: world.ports, log, signal, emergency: false };
                const ended = await resume(parts);
                assert.equal(ended.outcome, outcome, `killed before record ${cut}`);
                assert.deepEqual(
                    [...new Set(world.updated)],
                    [...new Set(whole.updated)],
                    `killed before record ${cut}: ${world.updated}`,
                );
                assert.deepEqual(replay(world.records).differences, []);
            }
        });
    }
});
