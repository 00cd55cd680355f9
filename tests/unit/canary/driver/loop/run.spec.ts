import assert from "node:assert/strict";
import type { DriverInput } from "../../../../../canary/analysis/config/driverConfig";
import type { RecordBody } from "../../../../../canary/analysis/record/record";
import { replay } from "../../../../../canary/analysis/record/replay";
import type { Ended, Run } from "../../../../../canary/driver/loop/context";
import { resumed } from "../../../../../canary/driver/loop/resume";
import { freshProgress, run } from "../../../../../canary/driver/loop/run";
import type { EngineResult } from "../../../../../canary/driver/ports";
import { started, T0 } from "../../../../fixtures/analysis/analysis";
import { fakeWorld, type World } from "../../../../fixtures/driver/fakeWorld";

const bake = { bake: "1m" };

async function rolled(
    world: World,
    analysis: DriverInput["analysis"] = bake,
    emergency = false,
): Promise<Ended> {
    const about = started(analysis);
    await world.ports.journal.append(about);
    const context: Run = {
        ports: world.ports,
        about,
        progress: freshProgress(about),
        signal: new AbortController().signal,
        emergency,
    };
    return run(context);
}

const failed = (why: "refused" | "locked" | "failed", reason: string): EngineResult => ({
    ok: false,
    why,
    reason,
    seconds: 3,
});

/** A person is asked before weight 25. */
const approvalBefore25: World["gate"] = (when, weight, approved) =>
    when === "before" && weight === 25
        ? [{ gate: "approval", verdict: approved ? "pass" : "waiting", reason: "nobody yet" }]
        : [];

const seconds = (world: World) => (world.now - T0) / 1_000;
const of = (world: World, type: RecordBody["type"]) =>
    world.records.filter((record) => record.type === type);

describe("the driver", () => {
    it("takes a healthy canary up the ladder, each phase once, and promotes it", async () => {
        const world = fakeWorld({ failing: { v1: 0.001, v2: 0.001 } });
        const ended = await rolled(world);
        assert.deepEqual(ended.outcome, "promoted");
        assert.deepEqual(world.updated, [10, 25, 50, 100]);
        assert.deepEqual([world.written, world.configured], [100, 100]);
        assert.deepEqual(world.sent.at(-1), "promoted 100");
        assert.ok(seconds(world) < 300, `${seconds(world)} s`);
    });

    it("asks Prometheus once per scrape, as soon as it has it", async () => {
        const world = fakeWorld({ failing: { v1: 0.001, v2: 0.001 } });
        const { fetch } = world.ports.metrics;
        const asked: number[] = [];
        world.ports.metrics.fetch = (since, signal) => {
            asked.push(world.now);
            return fetch(since, signal);
        };
        await rolled(world);
        const looks = of(world, "look");
        // Besides: what is asked before anything is known, and when callers get a weight.
        assert.ok(asked.length <= 1.3 * looks.length, `${asked.length} for ${looks.length} looks`);
        const late = looks.filter(
            (record) => "lookedAt" in record && record.lookedAt % 5_000 > 1_500,
        );
        assert.ok(late.length <= 8, `${late.length} of ${looks.length} looks came late`);
    });

    it("takes a canary back that fails from the start", async () => {
        const world = fakeWorld({ failing: { v1: 0, v2: 0.2 } });
        const { outcome, reason } = await rolled(world);
        assert.equal(outcome, "rolledBack");
        assert.match(reason, /^errors: the canary fails more than the stable/);
        assert.deepEqual(world.updated, [10, 0]);
        assert.deepEqual([world.written, world.configured], [0, 0]);
        // Whether the proxies have it does not wait for what the engine does after it.
        const steps = of(world, "rollback").map((record) => "step" in record && record.step);
        assert.deepEqual(steps, ["verdict", "written", "routed", "engine"]);
    });

    it("takes a canary back that begins to fail at 50 %", async () => {
        const world = fakeWorld();
        world.onRecord = (body) => {
            if (body.type === "phase" && body.weight === 50) world.failing.v2 = 0.3;
        };
        assert.equal((await rolled(world)).outcome, "rolledBack");
        assert.deepEqual(world.updated, [10, 25, 50, 0]);
    });

    it("compares again below 100 % what looks wrong there, and goes back where it is the canary's fault", async () => {
        const world = fakeWorld();
        world.onRecord = (body) => {
            if (body.type === "phase" && body.weight === 100) world.failing.v2 = 0.2;
        };
        assert.equal((await rolled(world, { bake: "5m" })).outcome, "rolledBack");
        assert.deepEqual(world.updated, [10, 25, 50, 100, 50, 0]);
    });

    it("sits out an incident of both versions at 100 %", async () => {
        const world = fakeWorld();
        let over = Number.POSITIVE_INFINITY;
        world.onRecord = (body) => {
            if (body.type === "phase" && body.weight === 100 && over > world.now + 1e9) {
                over = world.now + 120_000;
            }
            const share = world.now < over && over < Number.POSITIVE_INFINITY ? 0.3 : 0;
            world.failing = { v1: share, v2: share };
        };
        const { outcome, reason } = await rolled(world, { bake: "2m" });
        assert.equal(outcome, "promoted", reason);
        assert.deepEqual(world.updated, [10, 25, 50, 100, 50, 100]);
    });

    it("stops, and writes nothing, where a rule refuses the next weight", async () => {
        const world = fakeWorld({ previews: [failed("refused", "http-timeout: no timeout")] });
        const { outcome, reason } = await rolled(world);
        assert.equal(outcome, "held");
        assert.match(reason, /weight 10 was not taken: http-timeout: no timeout/);
        assert.deepEqual([world.updated, world.configured], [[], 0]);
    });

    it("goes back where an update fails half-way", async () => {
        const world = fakeWorld({ updates: [failed("failed", "Deployment web-v2 is not ready")] });
        const { outcome, reason } = await rolled(world);
        assert.equal(outcome, "rolledBack");
        assert.match(reason, /Deployment web-v2 is not ready/);
        assert.deepEqual([world.updated, world.configured], [[0], 0]);
    });

    it("clears the lock of a dead process and goes on", async () => {
        const world = fakeWorld({ previews: [failed("locked", "locked by root@here (pid 42)")] });
        assert.equal((await rolled(world)).outcome, "promoted");
        assert.match(JSON.stringify(of(world, "note")), /process 42 of this host is dead/);
    });

    it("stops with both values where somebody else has set the weight, and leaves it", async () => {
        const world = fakeWorld();
        world.onRecord = (body) => {
            if (body.type === "look" && body.weight === 25) world.written = 40;
        };
        const { outcome, reason } = await rolled(world);
        assert.equal(outcome, "held");
        assert.match(reason, /the VirtualService is 40, the driver's is 25/);
        assert.equal(world.written, 40);
    });

    it("sees an edited config file as well", async () => {
        const world = fakeWorld();
        world.onRecord = (body) => {
            if (body.type === "look" && body.weight === 10) world.configured = 0;
        };
        const { outcome, reason } = await rolled(world);
        assert.equal(outcome, "held");
        assert.match(reason, /the config is 0, the driver's is 10/);
    });

    it("goes back when Prometheus stays away, and never advances meanwhile", async () => {
        const world = fakeWorld();
        world.onRecord = (body) => {
            if (body.type === "phase" && body.step === "routed") world.prometheus = "down";
        };
        const { outcome, reason } = await rolled(world);
        assert.equal(outcome, "rolledBack");
        assert.match(reason, /^data: no counts for 5 min: unreachable/);
        assert.deepEqual(world.updated, [10, 0]);
    });

    it("says that the rollback could not be done, without --emergency", async () => {
        const down = Array.from({ length: 100 }, () => failed("failed", "the backend is away"));
        const world = fakeWorld({ failing: { v1: 0, v2: 1 } });
        world.onRecord = (body) => {
            if (body.type === "rollback" && body.step === "verdict") world.updates.push(...down);
        };
        const { outcome, reason } = await rolled(world);
        assert.equal(outcome, "held");
        assert.match(reason, /could not be done: the backend is away.*pulumi up --skip-preview/);
        assert.deepEqual([world.configured, world.written, world.patches], [0, 10, []]);
    });

    it("writes past an engine that cannot run, with --emergency, and lets it agree later", async () => {
        const world = fakeWorld({ failing: { v1: 0, v2: 1 } });
        world.onRecord = (body) => {
            if (body.type === "rollback" && body.step === "verdict") {
                world.updates.push(failed("failed", "the backend is away"));
            }
        };
        const { outcome } = await rolled(world, bake, true);
        assert.equal(outcome, "rolledBack");
        assert.deepEqual([world.patches, world.updated], [[10], [10, 0]]);
    });

    it("waits for an approval, looks meanwhile, and goes back on evidence all the same", async () => {
        const world = fakeWorld();
        world.gate = approvalBefore25;
        world.onRecord = (body) => {
            if (body.type === "gate") world.failing.v2 = 0.5;
        };
        const { outcome } = await rolled(world);
        assert.equal(outcome, "rolledBack");
        assert.deepEqual(world.updated, [10, 0]);
        assert.equal(of(world, "gate").length, 1);
        assert.ok(world.statuses.some(({ state }) => state === "waiting"));
    });

    it("goes on when a person approves", async () => {
        const world = fakeWorld();
        world.gate = approvalBefore25;
        world.onRecord = (body) => {
            if (body.type === "gate" && body.verdict === "waiting") {
                world.controls.push({ control: "approve", by: "ada" });
            }
        };
        assert.equal((await rolled(world)).outcome, "promoted");
    });

    it("holds a paused rollout, until it is resumed", async () => {
        const world = fakeWorld();
        let looks = 0;
        world.onRecord = (body) => {
            if (body.type !== "look" || body.weight !== 10) return;
            looks++;
            if (looks === 1) world.controls.push({ control: "pause", by: "ada" });
            if (looks === 40) world.controls.push({ control: "resume", by: "ada" });
        };
        assert.equal((await rolled(world)).outcome, "promoted");
        assert.ok(looks >= 40);
    });

    for (const [control, outcome, weight] of [
        ["rollback", "rolledBack", 0],
        ["hold", "held", 10],
    ] as const) {
        it(`does what a person asks for: ${control}`, async () => {
            const world = fakeWorld();
            world.onRecord = (body) => {
                if (body.type === "look") world.controls.push({ control, by: "ada" });
            };
            const ended = await rolled(world);
            assert.deepEqual([ended.outcome, world.written], [outcome, weight]);
            assert.match(ended.reason, /ada asked for it/);
        });
    }

    it("stops writing when another driver has the Lease", async () => {
        const world = fakeWorld();
        world.onRecord = (body) => {
            if (body.type === "look") world.lost.abort();
        };
        await assert.rejects(rolled(world), /Another driver holds this rollout's Lease/);
        assert.deepEqual(world.updated, [10]);
    });

    for (const [name, failing] of [
        ["healthy", 0],
        ["failing", 0.3],
    ] as const) {
        it(`ends a ${name} rollout the same when it is killed at any record, and resumed`, async () => {
            const whole = fakeWorld({ failing: { v1: 0, v2: failing } });
            const { outcome } = await rolled(whole);
            for (let cut = 2; cut < whole.records.length; cut++) {
                const world = fakeWorld({ failing: { v1: 0, v2: failing } });
                world.onRecord = () => {
                    if (world.records.length === cut) throw new Error("killed");
                };
                await assert.rejects(rolled(world), /killed/);
                world.onRecord = () => {};
                const signal = new AbortController().signal;
                const ended = await resumed({ ports: world.ports, signal, emergency: false });
                assert.equal(ended.outcome, outcome, `killed before record ${cut}`);
                assert.deepEqual(
                    [...new Set(world.updated)],
                    [...new Set(whole.updated)],
                    `killed before record ${cut}: ${world.updated}`,
                );
                assert.deepEqual(replay(world.records).different, []);
            }
        });
    }
});
