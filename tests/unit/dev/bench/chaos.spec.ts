import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { simulateSeeds } from "../../../../dev/bench/chaos";
import { BUGS, type Bug } from "../../../../dev/bench/chaos/scenario";
import { clockOf, Life, Scheduler } from "../../../../dev/bench/chaos/scheduler";
import { type Simulated, simulate } from "../../../../dev/bench/chaos/simulate";

/** The first of these seeds in which an invariant is broken. */
async function firstBroken(bug: Bug): Promise<Simulated | undefined> {
    for (let seed = 1; seed <= 100; seed++) {
        const simulated = await simulate(seed, { bug });
        if (simulated.violations.length > 0) return simulated;
    }
    return undefined;
}

/** What a process that is killed in a call and in a sleep held in memory. */
async function heldByKilled(): Promise<readonly WeakRef<object>[]> {
    const scheduler = new Scheduler();
    const life = new Life("driver@desk:1", "desk", 1, (one) => {
        one.isAlive = false;
    });
    const clock = clockOf(life, scheduler, () => 0);
    const waitFor = async (held: object, work: () => Promise<void>) => {
        await work();
        assert.fail(`a dead process went on with ${held}`);
    };
    const held = [{}, {}];
    const [first = {}, second = {}] = held;
    void waitFor(first, () => life.call("read", () => undefined));
    void waitFor(second, () => clock.sleep(1));
    await scheduler.run(() => false, 10);
    return held.map((one) => new WeakRef(one));
}

const INVARIANTS: Readonly<Record<Bug, RegExp>> = {
    lostSync: /^(journal|ladder|resume): /,
    keepsConfig: /^(end|unsafe|gave up|resume): /,
    restartsLadder: /^(ladder|twice|resume): /,
    recounts: /^(counts|healthy|resume|replay): /,
    blind: /^(unsafe|resume|end): /,
};

describe("the simulation of the driver", function () {
    this.timeout(180_000);

    // CI runs the bench with more.
    it("breaks no invariant with 40 seeds", async () => {
        const { seeds, broken, processes } = await simulateSeeds({ from: 1, to: 41 });
        assert.deepEqual(broken, []);
        assert.equal(seeds, 40);
        assert.ok(processes > seeds, "no driver died");
    });

    for (const [seed, found] of Object.entries({
        926: "a canary that fails everything from 100 % on was promoted",
        4271: "a rollback believed an update that had found another weight in the config",
        6381: "after the clock was set back, the driver took no sample until it had caught up",
        71122: "a command was lost, because the journal could not be written after it was read",
        9914: "an emergency rollback ended while the config had the canary's weight",
    })) {
        it(`no longer finds in seed ${seed}: ${found}`, async () => {
            assert.deepEqual((await simulate(Number(seed))).violations, []);
        });
    }

    it("replays a seed with the same events", async () => {
        const [first, second] = [
            await simulate(9, { isTraced: true }),
            await simulate(9, { isTraced: true }),
        ];
        assert.ok(first.trace.length > 20);
        assert.deepEqual(first.trace, second.trace);
    });

    it("keeps nothing of killed processes, so that a run of 100,000 seeds fits into memory", async () => {
        const held = await heldByKilled();
        setFlagsFromString("--expose-gc");
        await sleep(1);
        runInNewContext("gc")();
        assert.deepEqual(
            held.map((one) => one.deref()),
            [undefined, undefined],
        );
    });

    for (const bug of Object.keys(BUGS) as Bug[]) {
        it(`finds a planted bug: ${BUGS[bug]}`, async () => {
            const broken = await firstBroken(bug);
            assert.match(broken?.violations[0] ?? "none found", INVARIANTS[bug]);
        });
    }
});
