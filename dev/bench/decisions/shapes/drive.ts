// The driver's loop on simulated counters: canary/driver/loop/{run,sample,phase}.ts without engine, mesh and journal.
import type { Cursors, Observation } from "../../../../canary/analysis/counts/observation";
import type { AnalysisState } from "../../../../canary/analysis/decision/analysisState";
import type { Decision } from "../../../../canary/analysis/decision/decision";
import type { RolloutSettings } from "../../../../canary/analysis/decision/rolloutSettings";
import { parseDuration } from "../../../../rollout/config/duration";
import type { Draw } from "../random";
import { isSampleDue, nextPollAt, type Polling } from "./due";
import { CANARY, DEFAULTS, type Shape, STABLE } from "./model/shape";
import { AS_THEY_ARE, deduplicating, forget, type Read, windowOf } from "./model/window";
import { advance, EPOCH, leap, type World, writeWeight } from "./model/world";
import type { AnalysisCode } from "./revision";
import type { Row } from "./row";

/** Seconds from a decision until callers have the weight. */
export const DELAY = 5;
/** Seconds that a window reaches further back with two scrape jobs, so that it shows a job that has paused. */
const JOB_REACH = 60;
const LONGEST_REACH = 60;
/** Seconds that samples are kept beyond a window. */
const FORGET = 120;
/** Polls during a long hold. */
const HOLD_POLLS = 400;
const SHORTEST_STEP = 5;

/** State of the driver: plain data. Times in seconds unless stated otherwise. */
export interface Driver {
    readonly settings: RolloutSettings;
    cursors: Cursors;
    state: AnalysisState;
    readonly polling: Polling;
    weight: number;
    /** When callers are known to have the weight; undefined once the phase's clock has started. */
    arrival: number | undefined;
    readonly startedAt: number;
}

/** What a decision is made with. */
export interface Simulated {
    readonly code: AnalysisCode;
    readonly row: Row;
    readonly shape: Shape;
    readonly world: World;
    readonly driver: Driver;
    readonly draw: Draw;
    /** Decides instead of the analysis, and only whether to roll back. */
    readonly judge?: Judge;
}

export type Judge = (observation: Observation) => boolean;

type Judgement = Pick<Decision, "action" | "gates" | "reason">;

/** Begins the reason of an outcome if the analysis threw. */
export const ERROR = "the analysis threw ";

export interface Outcome {
    readonly end: "rolledBack" | "promoted" | "held";
    readonly seconds: number;
    /** Failed requests of the canary beyond the share that the stable would have failed. */
    readonly failed: number;
    readonly reason: string;
}

export const milliseconds = (second: number) => EPOCH + 1_000 * second;

export function readOf(code: AnalysisCode, shape: Shape): Read {
    return shape.pausedJob === undefined ? AS_THEY_ARE : deduplicating(code);
}

/** Polls through a long hold in few steps, during which only evidence can end the rollout. */
export function hold(simulated: Simulated, seconds: number): Outcome | undefined {
    const { world, shape, driver, draw, code } = simulated;
    const step = Math.max(SHORTEST_STEP, Math.round(seconds / HOLD_POLLS));
    driver.state = code.startClock(driver.state, milliseconds(world.now));
    driver.arrival = undefined;
    while (world.now < 0) {
        leap(world, shape, Math.min(step, -world.now), draw);
        const decision = sample(simulated, world.now, 2 * step);
        if (endsPaused(decision)) return ended(simulated, "rolledBack", world.now, decision.reason);
    }
    return undefined;
}

/** Runs a rollout from the present to its end, or to the row's horizon. */
export function drive(simulated: Simulated): Outcome {
    const { world, shape, driver, draw, code, row } = simulated;
    const { settings, polling } = driver;
    const { scrape = DEFAULTS.scrape } = shape;
    const interval = seconds(settings.analysis.interval);
    const isPaused = (row.hold ?? 0) > 0;
    let last = "no sample";
    for (let now = world.now; now <= row.horizon; ) {
        advance(world, shape, Math.floor(now), draw);
        if (driver.arrival !== undefined && driver.arrival <= now) {
            driver.state = code.startClock(driver.state, milliseconds(now));
            driver.arrival = undefined;
        }
        const decision = poll(simulated, now, interval, scrape);
        if (decision !== undefined) {
            last = decision.reason;
            if (isPaused ? endsPaused(decision) : decision.action === "rollback") {
                advance(world, shape, Math.floor(now + DELAY), draw);
                return ended(simulated, "rolledBack", now + DELAY, last);
            }
            const next = isPaused ? driver.weight : nextOf(code, driver, decision);
            if (next === undefined) return ended(simulated, "promoted", now, last);
            if (next !== driver.weight) {
                now += DELAY;
                advance(world, shape, Math.floor(now), draw);
                setWeight(simulated, next, now, scrape);
                continue;
            }
        }
        const due = nextPollAt(polling, now, interval, scrape);
        now = driver.arrival === undefined ? due : Math.min(due, Math.max(now + 1, driver.arrival));
    }
    return ended(simulated, "held", row.horizon, last);
}

/** The weight after a decision; undefined after the last. */
function nextOf(code: AnalysisCode, driver: Driver, { action }: Judgement): number | undefined {
    const { settings, weight } = driver;
    if (action === "retreat") return code.weightToCompareAt(settings) ?? weight;
    if (action === "advance" || action === "promote") return code.nextWeight(settings, weight);
    return weight;
}

function setWeight(
    { world, driver, code }: Simulated,
    weight: number,
    now: number,
    scrape: number,
) {
    writeWeight(world, weight);
    driver.weight = weight;
    driver.state = code.enterPhase(driver.settings, driver.state, weight, milliseconds(now));
    driver.arrival = arrivalOf(world, now, scrape);
}

/** When every caller has had two scrapes since the write: the time between them shows the new weight. */
export function arrivalOf({ sources }: World, now: number, scrape: number): number {
    const second = sources.map(({ offset }) => {
        const first = Math.floor((now - offset) / scrape + 1) * scrape + offset;
        return first + scrape;
    });
    return Math.max(...second) + 1;
}

function poll(simulated: Simulated, now: number, interval: number, scrape: number) {
    const { world, driver, shape, code } = simulated;
    const { polling } = driver;
    const fresh = freshSources(world, polling);
    if (!isSampleDue(code, polling, fresh, now, interval, scrape)) return undefined;
    // Every proxy was scraped in the interval before the last sample; a real window reaches a minute further back.
    const counted = Math.min(...polling.counted, polling.sampledAt - scrape);
    const oldest = Math.max(counted, now - LONGEST_REACH) - 1;
    return sample(simulated, now, now - oldest + (shape.pausedJob === undefined ? 0 : JOB_REACH));
}

function freshSources({ sources }: World, { counted }: Polling): number[] {
    return sources.flatMap(({ scraped }, index) =>
        scraped > (counted[index] ?? Number.NEGATIVE_INFINITY) ? [index] : [],
    );
}

/** Observes and decides. @param reach seconds of the window */
function sample(simulated: Simulated, now: number, reach: number): Judgement {
    const { world, driver, code, shape, judge } = simulated;
    const { settings, polling } = driver;
    const window = windowOf(world, now - reach, now, readOf(code, shape));
    const at = milliseconds(now);
    if (minute(now) !== minute(polling.sampledAt)) forget(world, now - reach - FORGET);
    polling.sources = freshSources(world, polling);
    polling.counted = world.sources.map(({ scraped }) => scraped);
    polling.sampledAt = now;
    if (window.requests.length === 0) {
        const blind = { at, problem: "empty", reason: "no series" } as const;
        return decideOn(driver, code, blind);
    }
    const options = {
        stable: STABLE,
        canary: CANARY,
        weight: driver.weight,
        startedAt: milliseconds(driver.startedAt),
        bounds: settings.bounds,
    } as const;
    const { observation, cursors } = code.observe(window, driver.cursors, options);
    driver.cursors = cursors;
    if (judge !== undefined) {
        return { action: judge(observation) ? "rollback" : "hold", gates: [], reason: "judged" };
    }
    return decideOn(driver, code, { at, observation });
}

function decideOn(driver: Driver, code: AnalysisCode, look: Parameters<AnalysisCode["decide"]>[2]) {
    const { state, decision } = code.decide(driver.settings, driver.state, look);
    driver.state = state;
    return decision;
}

const minute = (second: number) => Math.floor(second / 60);

/** A pause suspends rollbacks on time limits only. */
function endsPaused({ action, gates }: Judgement): boolean {
    const failed = gates.some(({ verdict, gate }) => verdict === "fail" && gate !== "time");
    return action === "rollback" && failed;
}

function ended(
    { world, row, shape }: Simulated,
    end: Outcome["end"],
    seconds: number,
    reason: string,
): Outcome {
    const left = end === "promoted" ? Math.max(0, row.horizon - seconds) : 0;
    const moment = { age: left, weight: 100, baking: left, phase: left, pod: 0, at: seconds };
    const share = (version: typeof STABLE | typeof CANARY) =>
        shape.failures({ ...moment, version });
    const later = shape.rate * left * (share(CANARY) - share(STABLE));
    return { end, seconds, failed: world.excess + later, reason };
}

export function seconds(duration: string): number {
    return (parseDuration(duration) ?? 0) / 1_000;
}
