// Each request is counted exactly once, whenever the polls are and whichever driver continues from the cursors.
import assert from "node:assert/strict";
import fc from "fast-check";
import { type CountingOptions, observe } from "../../../../../canary/analysis/counts/counters";
import {
    type Cursors,
    NO_CURSORS,
    type Observation,
    type Series,
    type Window,
} from "../../../../../canary/analysis/counts/observation";
import { requests, since, until, windowOf } from "../../../../fixtures/analysis/series";

const EVERY = 5_000;
const SCRAPES = 12;
/** After every caller's first two scrapes. */
const FIRST = 2 * EVERY;
const END = (SCRAPES + 1) * EVERY;
const options: CountingOptions = {
    stable: "v1",
    canary: "v2",
    bounds: [],
};

interface Caller {
    /** First scrape, and the scrape after the last. */
    readonly from: number;
    readonly to: number;
    /** Offset of its scrapes, milliseconds. */
    readonly offset: number;
    readonly missed: readonly number[];
    readonly resets: readonly number[];
    readonly series: readonly {
        readonly version: "v1" | "v2";
        readonly code: string;
        /** Scrape of the first request. */
        readonly appears: number;
        /** New requests at each scrape. */
        readonly added: readonly number[];
    }[];
}

const place = fc.integer({ min: 0, max: SCRAPES - 1 });
const places = fc.uniqueArray(place, { maxLength: 3 });

/** @param resets whether sidecars restart, in which case the counts need not add up to the requests sent. */
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
            // The first series exists from the beginning, to show that the sidecar was scraped.
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

/** Polls at these times in order. The cursors pass through JSON, as in the journal. */
function pollAt(window: Window, times: readonly number[], view = until): Observation[] {
    let cursors: Cursors = NO_CURSORS;
    return times.map((at) => {
        const polled = observe(view(window, at), cursors, options);
        cursors = JSON.parse(JSON.stringify(polled.cursors));
        return polled.observation;
    });
}

const cuts = fc
    .uniqueArray(fc.integer({ min: FIRST, max: END }), { maxLength: 20 })
    .map((times) => times.sort((a, b) => a - b));

describe("observe, for any scrapes and polls", () => {
    it("counts the same in many polls as in one poll", () => {
        fc.assert(
            fc.property(callers(true), cuts, (all, times) => {
                const window = windowFrom(all);
                const whole = sum(pollAt(window, [FIRST, END]));
                assert.deepEqual(sum(pollAt(window, [FIRST, ...times, END, END])), whole);
            }),
            { numRuns: 500 },
        );
    });

    it("counts exactly the requests between the first poll's scrapes and the last scrapes", () => {
        fc.assert(
            fc.property(callers(false), cuts, (all, times) => {
                const expected: Sum = { canary: 0, canaryFailed: 0, stable: 0, stableFailed: 0 };
                for (const caller of all) {
                    const { from, to, offset, missed, series } = caller;
                    const scraped = Array.from({ length: SCRAPES }, (_, scrape) => scrape).filter(
                        (scrape) => scrape >= from && scrape < to && !missed.includes(scrape),
                    );
                    const isRead = (scrape: number) => scrape * EVERY + offset <= FIRST;
                    // Requests before the first poll, or before a caller's first scrape, do not count.
                    const read = scraped.filter(isRead).at(-1) ?? scraped[0] ?? SCRAPES;
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
                assert.deepEqual(sum(pollAt(window, [FIRST, ...times, END])), expected);
            }),
            { numRuns: 500 },
        );
    });

    it("needs no scrapes from before the last poll's scrapes", () => {
        fc.assert(
            fc.property(callers(false), fc.integer({ min: FIRST, max: END }), (all, middle) => {
                // Without missed scrapes, because the last count of a caller with missed scrapes is further back.
                const window = windowFrom(all.map((one) => ({ ...one, missed: [] })));
                const short = (from: Window, at: number) =>
                    since(until(from, at), at === FIRST ? 0 : FIRST - EVERY);
                const times = [FIRST, middle, END];
                assert.deepEqual(sum(pollAt(window, times, short)), sum(pollAt(window, times)));
            }),
        );
    });

    it("counts a whole scrape if its samples arrive one by one", () => {
        fc.assert(
            fc.property(callers(false), cuts, fc.func(fc.boolean()), (all, times, hasArrived) => {
                const window = windowFrom(all);
                const whole = sum(pollAt(window, [FIRST, END]));
                // The newest scrape may lack any of its series, except for the first value of a new series, which no one can miss.
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
                const found = sum(pollAt(window, [FIRST, ...times, END], partly));
                assert.deepEqual(found, whole);
            }),
            { numRuns: 500 },
        );
    });
});
