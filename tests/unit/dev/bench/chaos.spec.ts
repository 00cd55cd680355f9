import assert from "node:assert/strict";
import { simulateSeeds } from "../../../../dev/bench/chaos";
import { BUGS, type Bug } from "../../../../dev/bench/chaos/scenario";
import { type Simulated, simulate } from "../../../../dev/bench/chaos/simulate";

/** The first of these seeds in which an invariant is broken. */
async function firstBroken(bug: Bug): Promise<Simulated | undefined> {
    for (let seed = 1; seed <= 100; seed++) {
        const simulated = await simulate(seed, { bug });
        if (simulated.violations.length > 0) return simulated;
    }
    return undefined;
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

    for (const bug of Object.keys(BUGS) as Bug[]) {
        it(`finds a planted bug: ${BUGS[bug]}`, async () => {
            const broken = await firstBroken(bug);
            assert.match(broken?.violations[0] ?? "none found", INVARIANTS[bug]);
        });
    }
});
