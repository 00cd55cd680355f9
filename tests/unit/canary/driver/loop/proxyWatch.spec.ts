import assert from "node:assert/strict";
import type { ProxyRead } from "../../../../../canary/analysis/counts/proxyCounts";
import type { RecordBody } from "../../../../../canary/analysis/record/record";
import { replay } from "../../../../../canary/analysis/record/reduce";
import { summarise } from "../../../../../canary/analysis/report/summarise";
import { newPolling } from "../../../../../canary/driver/loop/context";
import { resume } from "../../../../../canary/driver/loop/resume";
import { RolloutLog } from "../../../../../canary/driver/loop/rolloutLog";
import { run } from "../../../../../canary/driver/loop/run";
import type { Proxies } from "../../../../../canary/driver/ports";
import { started } from "../../../../fixtures/analysis/settings";
import { fakeWorld, type World } from "../../../../fixtures/driver/fakeWorld";

/** One caller's proxy, which has counted requests for weeks before. */
function caller(world: World, problems: string[] = []): Proxies {
    const counted = { v1: 1e6, v2: 0 };
    const failed = { v1: 4e4, v2: 0 };
    let at = world.now;
    return {
        async read() {
            const requests = (world.rate * (world.now - at)) / 1_000;
            at = world.now;
            for (const version of ["v1", "v2"] as const) {
                const share = version === "v2" ? world.written : 100 - world.written;
                const own = Math.round((requests * share) / 100);
                const bad = Math.round(own * world.failing[version]);
                counted[version] += own - bad;
                failed[version] += bad;
            }
            const counters = (["v1", "v2"] as const).flatMap((version) => [
                { key: `${version} 200`, version, failed: false, value: counted[version] },
                { key: `${version} 503`, version, failed: true, value: failed[version] },
            ]);
            const read: ProxyRead = { proxy: "front/a", side: "sent", at, counters };
            return { reads: [read], problems: problems.splice(0) };
        },
    };
}

async function drive(world: World, proxies: Proxies, isResumed = false) {
    const log = isResumed
        ? RolloutLog.resume(world.journal)
        : await RolloutLog.begin(world.journal, started({ bake: "1m", blindLimit: "10m" }));
    const { signal } = new AbortController();
    const parts = { ports: { ...world.ports, proxies }, log, signal, emergency: false };
    return isResumed ? resume(parts) : run({ ...parts, polling: newPolling() });
}

const recordsOf = (world: World, type: RecordBody["type"]) =>
    world.records.filter((record) => record.type === type);

/** Prometheus answers nothing once callers have the first weight. */
function withoutPrometheus(change: Partial<World> = {}): World {
    const world = fakeWorld(change);
    world.onRecord = (body) => {
        if (body.type === "phase" && body.step === "updated") world.prometheus = "down";
    };
    return world;
}

describe("the driver beside Prometheus", () => {
    it("rolls back on the proxies' own counters alone, within seconds", async () => {
        const world = withoutPrometheus({ failing: { v1: 0.04, v2: 1 } });
        const { outcome, reason } = await drive(world, caller(world));
        assert.equal(outcome, "rolledBack");
        assert.match(reason, /^errors: the canary fails more than the stable: .* proxies in /);
        const [updated] = recordsOf(world, "phase").filter(
            (one) => one.type === "phase" && one.step === "updated",
        );
        const [seen] = recordsOf(world, "proxies");
        assert.ok(seen && updated && seen.at - updated.at < 12_000, `${seen?.at} ${updated?.at}`);
        assert.deepEqual([world.configured, world.written], [0, 0]);
    });

    it("keeps what it saw, so that the verdict can be recomputed and reported", async () => {
        const world = withoutPrometheus({ failing: { v1: 0, v2: 1 } });
        await drive(world, caller(world));
        assert.deepEqual(replay(world.records).differences, []);
        const [proxies] = summarise(world.records).proxies ?? [];
        assert.deepEqual([proxies?.weight, proxies?.action], [10, "rollback"]);
        const forged = world.records.map((record) =>
            record.type === "proxies" ? { ...record, readings: [] } : record,
        );
        assert.equal(replay(forged).differences.length, 1);
    });

    it("never advances on them", async () => {
        const world = withoutPrometheus();
        const { outcome, reason } = await drive(world, caller(world));
        assert.equal(outcome, "rolledBack");
        assert.match(reason, /^data: no counts for 10 min/);
        assert.deepEqual(world.updated, [10, 0]);
        assert.deepEqual(recordsOf(world, "proxies"), []);
    });

    it("promotes a healthy canary as it does without them", async () => {
        const world = fakeWorld({ failing: { v1: 0.001, v2: 0.001 } });
        assert.equal((await drive(world, caller(world))).outcome, "promoted");
        assert.deepEqual(world.updated, [10, 25, 50, 100]);
    });

    it("goes on with Prometheus if they cannot be read, and notes why once", async () => {
        const world = fakeWorld();
        const problems = ["The proxies in namespace front cannot be read"];
        const none: Proxies = { read: async () => ({ reads: [], problems: problems.splice(0) }) };
        assert.equal((await drive(world, none)).outcome, "promoted");
        assert.equal(recordsOf(world, "note").length, 1);
    });

    for (const [name, read] of [
        ["does not end", () => new Promise<never>(() => undefined)],
        ["fails", () => Promise.reject(new Error("a bug"))],
    ] as const) {
        it(`does not wait for a read that ${name}`, async () => {
            const world = fakeWorld();
            assert.equal((await drive(world, { read })).outcome, "promoted");
        });
    }

    it("does not wait for an update that is under way, and patches the route again after it", async () => {
        const world = withoutPrometheus();
        const { engine } = world.ports;
        const { onRecord } = world;
        let isSlow = false;
        world.onRecord = (body) => {
            onRecord(body);
            if (body.type === "phase" && body.weight === 25 && body.step === "previewed") {
                world.failing.v2 = 1;
                isSlow = true;
            }
            if (body.type === "sample") world.prometheus = "up";
        };
        const steps: string[] = [];
        const slow = {
            ...engine,
            async update() {
                if (!isSlow) return engine.update();
                isSlow = false;
                while (
                    !world.records.some((one) => one.type === "rollback" && one.step === "written")
                ) {
                    await new Promise(setImmediate);
                }
                world.written = 25;
                steps.push("the update to 25 ends");
                return { ok: true, seconds: 60, notes: [] } as const;
            },
        };
        Object.assign(world.ports, { engine: slow });
        const { outcome } = await drive(world, caller(world));
        assert.equal(outcome, "rolledBack");
        assert.deepEqual(steps, ["the update to 25 ends"]);
        assert.deepEqual([world.patches, world.configured, world.written], [[10, 25], 0, 0]);
        assert.deepEqual(replay(world.records).differences, []);
    });

    it("overwrites nothing if somebody else has changed the weight", async () => {
        const world = withoutPrometheus({ failing: { v1: 0, v2: 1 } });
        const { onRecord } = world;
        world.onRecord = (body) => {
            onRecord(body);
            if (body.type === "proxies") world.written = 40;
        };
        const { outcome } = await drive(world, caller(world));
        assert.deepEqual([outcome, world.written], ["held", 40]);
    });

    it("ends the same if it is killed at any record and resumed", async () => {
        const whole = withoutPrometheus({ failing: { v1: 0, v2: 1 } });
        await drive(whole, caller(whole));
        for (let cut = 2; cut < whole.records.length; cut++) {
            const world = withoutPrometheus({ failing: { v1: 0, v2: 1 } });
            const { onRecord } = world;
            world.onRecord = (body) => {
                onRecord(body);
                if (world.records.length === cut) throw new Error("killed");
            };
            await assert.rejects(drive(world, caller(world)), /killed/);
            world.onRecord = onRecord;
            const ended = await drive(world, caller(world), true);
            assert.equal(ended.outcome, "rolledBack", `killed before record ${cut}`);
            assert.deepEqual([world.configured, world.written], [0, 0]);
        }
    });
});
