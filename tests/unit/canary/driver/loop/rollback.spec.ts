import assert from "node:assert/strict";
import type { RollbackRecord } from "../../../../../canary/analysis/record/record";
import { newPolling, type Run } from "../../../../../canary/driver/loop/context";
import { rollBack } from "../../../../../canary/driver/loop/rollback";
import { RolloutLog } from "../../../../../canary/driver/loop/rolloutLog";
import type { EngineResult, Journal, Ports } from "../../../../../canary/driver/ports";
import { started } from "../../../../fixtures/analysis/settings";

const ok: EngineResult = { ok: true, seconds: 2, notes: [] };
const failed = (why: "locked" | "failed", reason: string): EngineResult => ({
    ok: false,
    why,
    reason,
    seconds: 1,
});

const TICK_MS = 50;

/** A rollout at weight 25, and an engine that gives these answers, then succeeds. */
class World {
    readonly records: RollbackRecord[] = [];
    readonly notes: string[] = [];
    readonly done: string[] = [];
    time = 0;
    configured = 25;
    written = 25;
    atGateways: number | undefined;
    answers: (EngineResult | Error | "hangs for a minute" | "another weight")[] = [];
    unlocks: boolean[] = [];
    readOnly = false;
    apiDown = false;
    /** Whether the driver's role may patch VirtualServices. */
    mayPatch = true;
    hasRoute = true;
    /** Whether the state has weight 0 already, so that only an update with a refresh writes the route. */
    stateIsZero = false;
    /** Called before each effect. */
    onEffect: (effect: string) => void = () => {};
    /** A killed driver has no more effects. */
    isKilled = false;

    /** Everything that sleeps moves the time on, so that several can sleep at once. */
    private async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
        const until = this.time + milliseconds;
        while (this.time < until && !signal?.aborted) {
            await new Promise(setImmediate);
            this.time = Math.max(this.time, Math.min(this.time + TICK_MS, until));
        }
    }

    async rollBack(emergency = false) {
        const ports: Partial<Ports> = {
            clock: {
                now: () => this.time,
                elapsed: () => this.time,
                sleep: (ms, signal) => this.sleep(ms, signal),
            },
            engine: {
                config: () => assert.fail("a rollback does not read the config"),
                configuredWeight: async () => this.configured,
                preview: () => assert.fail("a rollback is not previewed"),
                setConfig: async ({ weight }) => {
                    this.effect(`config ${weight}`);
                    if (this.readOnly) throw new Error("read-only file system");
                    this.configured = Number(weight);
                },
                update: (_, refresh) => this.update(refresh),
                unlock: async () => ({
                    cleared: this.unlocks.shift() ?? false,
                    reason: "locked by ada@desk (pid 7)",
                }),
            },
            mesh: {
                written: async () => {
                    if (this.apiDown) throw new Error("connection refused");
                    if (!this.hasRoute) return undefined;
                    const at = (weight: number) => ({ v1: 100 - weight, v2: weight });
                    const { atGateways } = this;
                    return {
                        shares: at(this.written),
                        stable: "v1",
                        ...(atGateways !== undefined && { atGateways: at(atGateways) }),
                    };
                },
                hasRouteKind: () => assert.fail("a rollback does not ask for kinds"),
                resetWeights: async () => {
                    this.effect("patch");
                    if (this.apiDown) throw new Error("connection refused");
                    if (!this.mayPatch) throw new Error("403: cannot patch virtualservices");
                    if (this.hasRoute) this.written = 0;
                },
                others: () => assert.fail("a rollback looks at no other objects"),
                pods: () => assert.fail("a rollback waits for no pods"),
            },
            propagation: {
                wait: async () => ({ seconds: 0.3, evidence: "every proxy has it" }),
            },
        };
        const journal: Journal = {
            records: [],
            append: async (body) => {
                if (this.isKilled) throw new Killed();
                if (body.type === "rollback") this.records.push(body);
                if (body.type === "note") this.notes.push(body.text);
                return { ...body, seq: this.records.length, at: this.time };
            },
        };
        const log = await RolloutLog.begin(journal, started({}, { weight: 25 }));
        const { signal } = new AbortController();
        const run = { ports, log, polling: newPolling(), emergency, signal };
        const ended = await rollBack(run as Run, "errors: 20 of 100 failed");
        return { ended, weight: log.status.writtenWeight };
    }

    private effect(name: string): void {
        this.onEffect(name);
        if (this.isKilled) throw new Killed();
        this.done.push(name);
    }

    private async update(refresh = false): Promise<EngineResult> {
        const answer = this.answers.shift() ?? ok;
        this.effect(refresh ? "update with refresh" : "update");
        if (this.stateIsZero && !refresh) return ok;
        if (answer instanceof Error) throw answer;
        if (answer === "another weight") {
            this.configured = 40;
            this.written = 40;
            return ok;
        }
        if (answer === "hangs for a minute") {
            const until = this.time + 60_000;
            while (this.time < until) await new Promise(setImmediate);
            this.written = this.configured;
            return ok;
        }
        if (answer.ok) this.written = this.configured;
        return answer;
    }

    get steps(): string[] {
        return this.records.map(({ step }) => step);
    }

    get text(): string {
        return this.records.map(({ reason }) => reason).join("; ");
    }
}

class Killed extends Error {
    override readonly name = "Killed";
}

describe("rollBack", () => {
    it("writes the config, then the route, then updates without a preview, and records each step", async () => {
        const world = new World();
        const { ended, weight } = await world.rollBack();
        assert.deepEqual(ended, { outcome: "rolledBack", reason: "errors: 20 of 100 failed" });
        assert.equal(weight, 0);
        assert.deepEqual(world.done, ["config 0", "patch", "update"]);
        assert.deepEqual(world.steps.slice(0, 2), ["verdict", "written"]);
        assert.deepEqual(world.steps.slice(2).sort(), ["engine", "routed"]);
    });

    it("tells when callers have weight 0 while Pulumi still runs", async () => {
        const world = new World();
        world.answers = ["hangs for a minute"];
        const ending = world.rollBack();
        const routed = () => world.records.find(({ step }) => step === "routed");
        while (routed() === undefined) await new Promise(setImmediate);
        assert.deepEqual(world.done, ["config 0", "patch", "update"]);
        assert.equal(routed()?.seconds, 0);
        world.time += 60_000;
        assert.equal((await ending).ended.outcome, "rolledBack");
    });

    it("waits for Pulumi's write, with one note, if the driver may not patch", async () => {
        const world = new World();
        world.mayPatch = false;
        world.answers = [failed("failed", "the backend is down")];
        const { ended } = await world.rollBack();
        assert.equal(ended.outcome, "rolledBack");
        assert.deepEqual(world.done, ["config 0", "patch", "update", "patch", "update"]);
        assert.deepEqual(world.notes, [
            "The route could not be patched, so the rollback waits for Pulumi: 403: cannot patch virtualservices",
        ]);
        assert.equal(world.steps.filter((step) => step === "written").length, 1);
    });

    it("patches the route as soon as it may, while Pulumi still tries", async () => {
        const world = new World();
        world.mayPatch = false;
        world.answers = ["hangs for a minute"];
        const ending = world.rollBack();
        while (world.time < 10_000) await new Promise(setImmediate);
        world.mayPatch = true;
        while (world.written !== 0) await new Promise(setImmediate);
        assert.ok(world.time <= 13_000, `${world.time} ms`);
        world.time += 60_000;
        assert.equal((await ending).ended.outcome, "rolledBack");
    });

    it("patches the route as soon as it may, between two tries of Pulumi", async () => {
        const world = new World();
        world.mayPatch = false;
        world.answers = Array.from({ length: 5 }, () => failed("failed", "a webhook is away"));
        world.onEffect = () => {
            world.mayPatch = world.time > 8_000;
        };
        assert.equal((await world.rollBack()).ended.outcome, "rolledBack");
        const written = world.records.find(({ step }) => step === "written");
        assert.ok((written?.seconds ?? 99) < 11, `${written?.seconds} s`);
    });

    it("leaves it to Pulumi if there is no VirtualService", async () => {
        const world = new World();
        world.hasRoute = false;
        assert.equal((await world.rollBack()).ended.outcome, "rolledBack");
        assert.ok(!world.steps.includes("written"));
    });

    for (const killed of ["config 0", "patch", "update"]) {
        it(`ends the same after a kill -9 before "${killed}", by --resume or by hand`, async () => {
            const world = new World();
            world.onEffect = (effect) => {
                if (effect === killed) world.isKilled = true;
            };
            await assert.rejects(world.rollBack(), Killed);
            // At no moment would an update bring back what the route has taken away.
            assert.ok(world.configured <= world.written, `${world.configured}, ${world.written}`);
            world.onEffect = () => {};
            world.isKilled = false;
            assert.equal((await world.rollBack()).ended.outcome, "rolledBack");
            assert.deepEqual([world.configured, world.written], [0, 0]);
        });
    }

    it("patches the route again if somebody else's update has changed it", async () => {
        const world = new World();
        let updates = 0;
        world.onEffect = (effect) => {
            if (effect === "update" && ++updates === 1) world.written = 25;
        };
        world.answers = [failed("locked", "the stack is locked")];
        assert.equal((await world.rollBack()).ended.outcome, "rolledBack");
        assert.deepEqual(world.done, ["config 0", "patch", "update", "patch", "update"]);
        assert.equal(world.written, 0);
    });

    it("retries at once after it has cleared the lock of a dead process", async () => {
        const world = new World();
        world.answers = [failed("locked", "the stack is locked")];
        world.unlocks = [true];
        assert.equal((await world.rollBack()).ended.outcome, "rolledBack");
        assert.ok(world.time < 1_000, `${world.time} ms`);
        assert.match(world.text, /locked by ada@desk \(pid 7\)/);
    });

    it("retries with growing pauses while somebody else holds the lock, and records it each time", async () => {
        const world = new World();
        world.answers = [1, 2, 3].map(() => failed("locked", "the stack is locked"));
        assert.equal((await world.rollBack()).ended.outcome, "rolledBack");
        const locked = world.records.filter(({ reason }) => /^locked: /.test(reason));
        assert.deepEqual(
            locked.map(({ seconds }) => Math.floor(seconds)),
            [0, 1, 3],
        );
        assert.equal(world.done.filter((effect) => effect === "patch").length, 1);
    });

    it("retries the engine after a crash, with the route at weight 0 meanwhile", async () => {
        const world = new World();
        world.answers = [failed("locked", "the stack is locked"), new Error("provider crashed")];
        assert.equal((await world.rollBack()).ended.outcome, "rolledBack");
        assert.deepEqual(world.done, ["config 0", "patch", "update", "update", "update"]);
        assert.match(world.text, /failed: provider crashed/);
    });

    it("ends with the route at weight 0 after ten minutes without Pulumi, and says what to do", async () => {
        const world = new World();
        world.answers = Array.from({ length: 100 }, () => failed("failed", "the backend is down"));
        const { ended, weight } = await world.rollBack();
        assert.equal(ended.outcome, "rolledBack");
        assert.match(
            ended.reason,
            /callers have weight 0, but Pulumi could not run: the backend is down\. The stack's config has weight 0\. Run `pulumi up --refresh --skip-preview`$/,
        );
        assert.equal(weight, 0);
        assert.ok(world.time >= 600_000 && world.time < 660_000, `${world.time} ms`);
    });

    it("ends after the first failure of Pulumi, in an emergency", async () => {
        const world = new World();
        world.answers = [failed("failed", "the backend is down")];
        const { ended } = await world.rollBack(true);
        assert.equal(ended.outcome, "rolledBack");
        assert.match(ended.reason, /Pulumi could not run: the backend is down/);
        assert.deepEqual(world.done, ["config 0", "patch", "update"]);
        assert.equal(world.time, 0);
    });

    it("gives up after ten minutes if nobody can write the route, and says what to do", async () => {
        const world = new World();
        world.mayPatch = false;
        world.answers = Array.from({ length: 100 }, () => failed("failed", "the backend is down"));
        const { ended, weight } = await world.rollBack(true);
        assert.equal(ended.outcome, "held");
        assert.match(
            ended.reason,
            /The stack's config has weight 0\. Run `pulumi up --refresh --skip-preview`.* Last error: the backend is down$/,
        );
        assert.equal(weight, 25);
        assert.equal(world.steps.at(-1), "failed");
        assert.ok(world.time >= 600_000 && world.time < 660_000, `${world.time} ms`);
    });

    it("does not update while the config has the old weight", async () => {
        const world = new World();
        world.readOnly = true;
        const { ended } = await world.rollBack();
        assert.ok(!world.done.includes("update"));
        assert.equal(world.written, 0);
        assert.match(world.text, /the stack's config could not be written: read-only file system/);
        assert.match(
            ended.reason,
            /Pulumi could not run: the stack's config still has another weight\. Set weight 0 in/,
        );
    });

    it("fails if an update succeeds but the route keeps its weight", async () => {
        const world = new World();
        world.atGateways = 25;
        const { ended } = await world.rollBack();
        assert.equal(ended.outcome, "held");
        assert.match(world.text, /the update succeeded, but the route does not have weight 0/);
    });

    it("refreshes if an update saw no change but the route has another weight", async () => {
        const world = new World();
        Object.assign(world, { configured: 0, written: 50, stateIsZero: true, mayPatch: false });
        const { ended } = await world.rollBack();
        assert.equal(ended.outcome, "rolledBack");
        assert.equal(world.written, 0);
        const updates = world.done.filter((effect) => effect.startsWith("update"));
        assert.deepEqual(updates, ["update", "update with refresh"]);
        assert.ok(world.time <= 2_000, `${world.time} ms`);
        assert.match(world.text, /the next one runs with --refresh/);
    });

    it("refreshes if the route cannot be read after the update, because somebody may have changed it", async () => {
        const world = new World();
        world.onEffect = (effect) => {
            if (effect !== "update") return;
            Object.assign(world, { written: 40, stateIsZero: true, apiDown: true });
        };
        const { ended } = await world.rollBack();
        assert.equal(ended.outcome, "rolledBack");
        assert.equal(world.written, 0);
        assert.deepEqual(world.done, [
            "config 0",
            "patch",
            "update",
            "config 0",
            "update with refresh",
        ]);
        assert.match(world.text, /could not be read; the next one runs with --refresh/);
    });

    it("asks the config what an update wrote while the API server does not answer", async () => {
        const world = new World();
        Object.assign(world, { answers: ["another weight"], apiDown: true });
        const { ended } = await world.rollBack();
        assert.equal(ended.outcome, "rolledBack");
        assert.deepEqual([world.configured, world.written], [0, 0]);
    });

    for (const emergency of [false, true]) {
        const how = emergency ? "with" : "without";
        it(`writes weight 0 again if somebody else sets another weight meanwhile, ${how} --emergency`, async () => {
            const world = new World();
            world.answers = ["another weight"];
            const { ended } = await world.rollBack(emergency);
            assert.equal(ended.outcome, "rolledBack");
            assert.deepEqual([world.written, world.configured], [0, 0]);
        });
    }

    it("trusts a successful update if the API server does not answer", async () => {
        const world = new World();
        world.apiDown = true;
        assert.equal((await world.rollBack()).ended.outcome, "rolledBack");
        assert.ok(!world.steps.includes("written"));
    });
});
