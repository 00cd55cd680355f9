// The harm test: published values, its guarantee by enumeration, and its invariants.
import assert from "node:assert/strict";
import fc from "fast-check";
import {
    type Counts,
    HARM_RATIOS,
    type HarmOptions,
    type HarmState,
    harmAfter,
    harmEvidence,
    harmStart,
    harmSuspicion,
} from "../../../../../canary/analysis/statistics";
import {
    anyArm,
    anyCounts,
    counts,
    outcomesOfBoth,
    threeScrapes,
} from "../../../../fixtures/analysis/arbitraryCounts";

const options: HarmOptions = {
    alpha: 0.005,
    margin: 0.001,
    baseRatio: 1,
    ratios: HARM_RATIOS,
    corroboration: 2,
    maxScrapes: 60,
    firstOnset: 0.5,
    dispersion: 1,
};
/** Trusts a single scrape. */
const trusting = { ...options, corroboration: 1 };

function stateAfter(scrapes: readonly (readonly Counts[])[], of: HarmOptions): HarmState {
    return scrapes.reduce((state, strata) => harmAfter(state, strata, of), harmStart());
}

function evidence(scrapes: readonly (readonly Counts[])[], of: HarmOptions): number {
    return harmEvidence(stateAfter(scrapes, of));
}

const anyStrata = (most: number) => fc.array(anyCounts(most), { maxLength: 3 });
const anyScrapes = (most: number) => fc.array(anyStrata(most), { minLength: 1, maxLength: 6 });

describe("harmEvidence", () => {
    // Recomputed by another program from the formulas of docs/driver/statistics.md.
    const published: [what: string, of: HarmOptions, lnE: string[]][] = [
        ["without margin", { ...trusting, margin: 0 }, ["1.126527", "0.285175", "3.689046"]],
        ["with margin 0.001", trusting, ["0.777070", "0.032875", "2.667950"]],
    ];
    for (const [what, of, lnE] of published) {
        it(`is the published evidence ${what}`, () => {
            const found = threeScrapes.map((_, last) =>
                evidence(
                    threeScrapes.slice(0, last + 1).map((one) => [one]),
                    of,
                ).toFixed(6),
            );
            assert.deepEqual(found, lnE);
        });
    }

    it("is 0 before the first scrape", () => {
        assert.equal(harmEvidence(harmStart()), 0);
    });

    it("needs exactly `corroboration` scrapes of a canary that fails every request", () => {
        const dead = [counts(1000, 1000, 9000, 0)];
        for (const corroboration of [1, 2, 3, 5]) {
            const of = { ...options, corroboration };
            const scrapes = Array.from({ length: corroboration }, () => dead);
            assert.ok(evidence(scrapes, of) >= Math.log(1 / of.alpha));
            assert.ok(evidence(scrapes.slice(1), of) < Math.log(1 / of.alpha));
        }
    });

    it("trusts a single scrape if one is enough", () => {
        const strata = [counts(75, 5, 675, 1)];
        const limit = Math.log(1 / options.alpha);
        assert.ok(evidence([strata], trusting) > limit);
        assert.ok(evidence([strata], { ...options, corroboration: 2 }) < limit);
    });

    it("detects a fault that begins late", () => {
        const healthy = Array.from({ length: 50 }, () => [counts(750, 0, 6750, 7)]);
        const faulty = Array.from({ length: 4 }, () => [counts(750, 150, 6750, 7)]);
        assert.ok(evidence([...healthy, ...faulty], options) > Math.log(200));
    });

    it("never bets more than 1, however many scrapes there are", () => {
        const idle = Array.from({ length: 2_000 }, () => [counts(9, 0, 9, 0)]);
        const { usedOnset, scrapes } = stateAfter(idle, { ...options, maxScrapes: 5 });
        assert.equal(scrapes, 2_000);
        assert.ok(usedOnset <= 1 && usedOnset > 0.99, `${usedOnset}`);
    });

    it("detects a fault after a day about as soon as one at the beginning", () => {
        const scrapesToSee = (before: number) => {
            const healthy = Array.from({ length: before }, () => [counts(25, 0, 225, 1)]);
            let state = stateAfter(healthy, options);
            for (let scrape = 1; scrape < 100; scrape++) {
                state = harmAfter(state, [counts(25, 25, 225, 1)], options);
                if (harmEvidence(state) >= Math.log(200)) return scrape;
            }
            return undefined;
        };
        assert.equal(scrapesToSee(0), 2);
        assert.equal(scrapesToSee(17_280), 2);
    });

    it("is below the limit while all evidence comes from one burst", () => {
        const of = { ...options, burst: 15_000 };
        const at = (second: number, failed: number, state: HarmState) =>
            harmAfter(state, [counts(25, failed, 225, 0)], of, 1_000 * second);
        let burst = harmStart();
        for (const [second, failed] of [
            [5, 0],
            [10, 8],
            [15, 8],
            [20, 8],
        ] as const) {
            burst = at(second, failed, burst);
            assert.ok(harmEvidence(burst) < Math.log(200));
        }
        assert.ok(harmSuspicion(burst) > Math.log(200));
        const over = [25, 30, 35].reduce((state, second) => at(second, 0, state), burst);
        assert.ok(harmEvidence(over) < Math.log(200));
        assert.ok(harmSuspicion(over) < Math.log(20));
        assert.ok(harmEvidence(at(25, 8, burst)) >= Math.log(200));
    });

    it("has an expectation of at most 1 and crosses 1/alpha with probability at most alpha, over every outcome of three scrapes", () => {
        for (const of of [
            { ...trusting, alpha: 0.1, maxScrapes: 3 },
            { ...options, alpha: 0.1, maxScrapes: 3, corroboration: 1 },
            { ...options, alpha: 0.1, maxScrapes: 3, dispersion: 2, margin: 0.05 },
            { ...options, alpha: 0.1, maxScrapes: 2, baseRatio: 1.3 },
        ]) {
            // The stable's own share changes from scrape to scrape, and so does the weight.
            const scrapes = [
                [2, 3, 0.05],
                [3, 2, 0.6],
                [2, 2, 0.2],
            ].map(([n1 = 0, n0 = 0, share = 0]) =>
                outcomesOfBoth(
                    { requests: n1, share: Math.min(1, of.baseRatio * share + of.margin) },
                    { requests: n0, share },
                ),
            );
            let courses = [{ state: harmStart(), probability: 1, crossed: false }];
            for (const outcomes of scrapes) {
                courses = courses.flatMap((course) =>
                    outcomes.map((outcome) => {
                        const state = harmAfter(course.state, [outcome.counts], of);
                        const crossed = harmEvidence(state) >= Math.log(1 / of.alpha);
                        return {
                            state,
                            probability: course.probability * outcome.probability,
                            crossed: course.crossed || crossed,
                        };
                    }),
                );
                const expected = courses.reduce(
                    (sum, one) => sum + one.probability * Math.exp(harmEvidence(one.state)),
                    0,
                );
                assert.ok(expected <= 1 + 1e-9, `E is ${expected} in expectation`);
            }
            const alarms = courses.reduce(
                (sum, one) => sum + (one.crossed ? one.probability : 0),
                0,
            );
            assert.ok(alarms <= of.alpha, `P(alarm) is ${alarms}`);
        }
    });

    it("does not depend on the order of the strata", () => {
        fc.assert(
            fc.property(anyScrapes(1e6), (scrapes) => {
                const reversed = scrapes.map((strata) => [...strata].reverse());
                const [a, b] = [evidence(scrapes, options), evidence(reversed, options)];
                assert.ok(Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a)), `${a} and ${b}`);
            }),
        );
    });

    it("is the same for one stratum as for two sources with the same shares", () => {
        const whole = [counts(300, 6, 900, 3)];
        const halves = [counts(100, 2, 300, 1), counts(200, 4, 600, 2)];
        assert.equal(evidence([whole], options).toFixed(9), evidence([halves], options).toFixed(9));
    });

    it("divides by the dispersion", () => {
        const [l, fifth] = [
            evidence([[counts(1000, 10, 9000, 9)]], trusting),
            evidence([[counts(1000, 10, 9000, 9)]], { ...trusting, dispersion: 5 }),
        ];
        assert.ok(fifth < l && fifth > 0);
    });

    it("does not grow with corroboration, a wider margin, or fewer failures of the canary", () => {
        fc.assert(
            fc.property(anyScrapes(3000), anyArm(3000), fc.nat(20), (scrapes, arm, more) => {
                const stable = { requests: 900, failed: 3 };
                const last = [{ canary: arm, stable }];
                const failed = Math.min(arm.requests, arm.failed + more);
                const worse = [{ canary: { ...arm, failed }, stable }];
                const base = evidence([...scrapes, last], options);
                assert.ok(base <= evidence([...scrapes, last], trusting) + 1e-9);
                assert.ok(
                    evidence([...scrapes, last], { ...options, margin: 0.01 }) <= base + 1e-9,
                );
                assert.ok(evidence([...scrapes, worse], options) >= base - 1e-9);
            }),
        );
    });

    it("is a number for any counts, up to a billion requests per scrape", () => {
        fc.assert(
            fc.property(
                fc.array(anyStrata(1e9), { maxLength: 40 }),
                fc.double({ min: 1, max: 50, noNaN: true }),
                (scrapes, dispersion) => {
                    const of = { ...options, maxScrapes: 20, dispersion };
                    assert.ok(Number.isFinite(evidence(scrapes, of)));
                    assert.ok(Number.isFinite(evidence(scrapes, { ...of, corroboration: 1 })));
                },
            ),
        );
    });
});

describe("harmAfter", () => {
    it("ignores a scrape without any requests", () => {
        const state = stateAfter([[threeScrapes[0]]], options);
        assert.equal(harmAfter(state, [], options), state);
        assert.equal(harmAfter(state, [counts(0, 0, 0, 0), counts(0, 0, 0, 0)], options), state);
    });

    it("continues from a state that was stored as JSON", () => {
        fc.assert(
            fc.property(anyScrapes(1e6), anyScrapes(1e6), (first, second) => {
                let [kept, read] = [harmStart(), harmStart()];
                for (const strata of [...first, ...second]) {
                    read = JSON.parse(JSON.stringify(harmAfter(read, strata, options)));
                    kept = harmAfter(kept, strata, options);
                    assert.deepEqual(read, kept);
                }
            }),
        );
        assert.deepEqual(JSON.parse(JSON.stringify(harmStart())), harmStart());
    });
});
