// Wherever looks fall and whoever goes on from the cursors: nothing is counted twice, nothing is lost.
import assert from "node:assert/strict";
import fc from "fast-check";
import { type About, observe } from "../../../../../canary/analysis/counts/counters";
import type {
    Cursors,
    Observation,
    Series,
    Window,
} from "../../../../../canary/analysis/counts/observation";
import { requests, since, until, windowOf } from "../../../../fixtures/analysis/scrapes";

const EVERY = 5_000;
const SCRAPES = 12;
/** After every caller's first two scrapes. */
const FIRST = 2 * EVERY;
const END = (SCRAPES + 1) * EVERY;
const about: About = { stable: "v1", canary: "v2", weight: 10, startedAt: 0, bounds: [] };

interface Caller {
    /** Scrape that it appears at, and the one after its last. */
    readonly from: number;
    readonly to: number;
    /** Milliseconds that its scrapes are off from the others'. */
    readonly offset: number;
    readonly missed: readonly number[];
    readonly resets: readonly number[];
    readonly series: readonly {
        readonly version: "v1" | "v2";
        readonly code: string;
        /** Scrape of the first request. */
        readonly appears: number;
        /** Requests until each scrape. */
        readonly added: readonly number[];
    }[];
}

const place = fc.integer({ min: 0, max: SCRAPES - 1 });
const places = fc.uniqueArray(place, { maxLength: 3 });

/** @param resets also callers whose sidecar starts anew; they need not add up to what was sent. */
function callers(resets: boolean): fc.Arbitrary<readonly Caller[]> {
    const series = fc.record({
        version: fc.constantFrom("v1", "v2"),
        code: fc.constantFrom("200", "404", "503", "0"),
        appears: place,
        added: fc.array(fc.nat(20), { minLength: SCRAPES, maxLength: SCRAPES }),
    });
    return fc.array(
        fc.record({
            from: fc.constantFrom(0, 0, 4),
            to: fc.constantFrom(SCRAPES, SCRAPES, 8),
            offset: fc.nat(EVERY - 1),
            missed: places,
            resets: resets ? places : fc.constant([]),
            // The first one is there from the beginning: that the sidecar was scraped can be seen.
            series: fc
                .tuple(series, fc.array(series, { maxLength: 4 }))
                .map(([first, more]) => [{ ...first, appears: 0 }, ...more]),
        }) as fc.Arbitrary<Caller>,
        { minLength: 1, maxLength: 3 },
    );
}

function seriesOf({ from, to, offset, missed, resets, series }: Caller, index: number): Series[] {
    return series.map(({ version, code, appears, added }) => {
        let value = 0;
        const values = added.map((more, scrape) => {
            if (scrape < from || scrape >= to) return undefined;
            if (resets.includes(scrape)) value = 0;
            if (scrape >= Math.max(from, appears)) value += more;
            const seen = scrape >= Math.max(from, appears) && !missed.includes(scrape);
            return seen ? value : undefined;
        });
        const labels = { version, code, pod: `caller-${index}` };
        return requests(labels, values, { start: offset, every: EVERY });
    });
}

const windowFrom = (all: readonly Caller[]) => windowOf({ requests: all.flatMap(seriesOf) });

type Sum = Record<"canary" | "canaryFailed" | "stable" | "stableFailed", number>;

function sum(observations: readonly Observation[]): Sum {
    const total: Sum = { canary: 0, canaryFailed: 0, stable: 0, stableFailed: 0 };
    for (const { canary, stable } of observations.flatMap(({ strata }) => strata)) {
        total.canary += canary.requests;
        total.canaryFailed += canary.failed;
        total.stable += stable.requests;
        total.stableFailed += stable.failed;
    }
    return total;
}

/** Looks at these times, one after the other; cursors go through the journal's JSON. */
function looks(window: Window, times: readonly number[], see = until): Observation[] {
    let cursors: Cursors = {};
    return times.map((at) => {
        const look = observe(see(window, at), cursors, about);
        cursors = JSON.parse(JSON.stringify(look.cursors));
        return look.observation;
    });
}

const cuts = fc
    .uniqueArray(fc.integer({ min: FIRST, max: END }), { maxLength: 20 })
    .map((times) => times.sort((a, b) => a - b));

describe("observe, for any scrapes and looks", () => {
    it("counts over all looks what one look over the whole counts", () => {
        fc.assert(
            fc.property(callers(true), cuts, (all, times) => {
                const window = windowFrom(all);
                const whole = sum(looks(window, [FIRST, END]));
                assert.deepEqual(sum(looks(window, [FIRST, ...times, END, END])), whole);
            }),
            { numRuns: 500 },
        );
    });

    it("counts exactly what was sent between the first scrape that was read and the last", () => {
        fc.assert(
            fc.property(callers(false), cuts, (all, times) => {
                const expected: Sum = { canary: 0, canaryFailed: 0, stable: 0, stableFailed: 0 };
                for (const caller of all) {
                    const { from, to, offset, missed, series } = caller;
                    const scraped = Array.from({ length: SCRAPES }, (_, scrape) => scrape).filter(
                        (scrape) => scrape >= from && scrape < to && !missed.includes(scrape),
                    );
                    const isRead = (scrape: number) => scrape * EVERY + offset <= FIRST;
                    // What a caller counted before the first look is no news; of a later caller everything is.
                    const read = scraped.filter(isRead).at(-1) ?? -1;
                    const last = scraped.at(-1) ?? -1;
                    for (const { version, code, appears, added } of series) {
                        const begin = Math.max(from, appears, read + 1);
                        const sent = added.slice(begin, last + 1).reduce((a, b) => a + b, 0);
                        const of = version === "v1" ? "stable" : "canary";
                        expected[of] += sent;
                        if (code === "503" || code === "0") expected[`${of}Failed`] += sent;
                    }
                }
                const window = windowFrom(all);
                assert.deepEqual(sum(looks(window, [FIRST, ...times, END])), expected);
            }),
            { numRuns: 500 },
        );
    });

    it("needs no more of the past than the last look's scrapes", () => {
        fc.assert(
            fc.property(callers(false), fc.integer({ min: FIRST, max: END }), (all, middle) => {
                // A caller that was not scraped for long has its last count far back.
                const window = windowFrom(all.map((one) => ({ ...one, missed: [] })));
                const short = (from: Window, at: number) =>
                    since(until(from, at), at === FIRST ? 0 : FIRST - EVERY);
                const times = [FIRST, middle, END];
                assert.deepEqual(sum(looks(window, times, short)), sum(looks(window, times)));
            }),
        );
    });

    it("counts all of a scrape whose samples arrive one by one", () => {
        fc.assert(
            fc.property(callers(false), cuts, fc.func(fc.boolean()), (all, times, hasArrived) => {
                const window = windowFrom(all);
                const whole = sum(looks(window, [FIRST, END]));
                // The newest scrape may lack any of its series. A new series' first value cannot be missed before it is there.
                const partly = (from: Window, at: number): Window => {
                    const seen = until(from, at);
                    if (at === FIRST || at === END) return seen;
                    const arrived = seen.requests.map(({ labels, samples }, index) => ({
                        labels,
                        samples: samples.filter(
                            ([time], place) =>
                                place === 0 || time <= at - EVERY || hasArrived(index, time),
                        ),
                    }));
                    return { ...seen, requests: arrived.filter((one) => one.samples.length) };
                };
                const found = sum(looks(window, [FIRST, ...times, END], partly));
                assert.deepEqual(found, whole);
            }),
            { numRuns: 500 },
        );
    });
});
