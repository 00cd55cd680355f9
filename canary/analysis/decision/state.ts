/** What has been seen of a rollout so far: plain JSON, made anew from the journal after a crash. */
import type { CustomValue, Observation } from "../counts/observation";
import {
    type Arm,
    type BakeState,
    bakeAfter,
    bakeStart,
    type Counts,
    type HarmState,
    harmAfter,
    harmStart,
    type LatencyState,
    latencyAfter,
    latencyStart,
    type NonInferiorityState,
    nonInferiorityAfter,
    nonInferiorityStart,
    referenceShare,
    type SloState,
    sloAfter,
    sloStart,
} from "../statistics";
import {
    type About,
    bakeOptions,
    harmOptions,
    metricOptions,
    objectiveOptions,
    safeMargin,
    slowOptions,
} from "./rolloutSettings";

const NOTHING: Counts = { canary: { requests: 0, failed: 0 }, stable: { requests: 0, failed: 0 } };

/** The phase that is being looked at. */
export interface PhaseState {
    readonly weight: number;
    /** Milliseconds since the epoch: when the weight was written. What is counted from then on speaks for or against it. */
    readonly since: number;
    /** When callers had it: the phase's clock starts. */
    readonly routedAt?: number;
    readonly safe: NonInferiorityState;
    readonly counts: Counts;
    /** The last look that counted any request; `since` before the first. */
    readonly calledAt: number;
}

/** One of the user's metrics. */
export interface MetricState {
    /** Of a counter: the test, and what was counted in all. */
    readonly harm: HarmState;
    readonly counts: Counts;
    /** Of a gauge: looks in a row at which the canary was worse. */
    readonly worse: number;
    /** Why there was no value at the last look. */
    readonly problem?: string;
    /** The values of the last look. */
    readonly seen?: CustomValue;
}

export interface RolloutState {
    /** When the first weight was written; milliseconds since the epoch, as all times here. */
    readonly startedAt: number;
    readonly phase: PhaseState;
    readonly harm: HarmState;
    readonly slow: LatencyState;
    readonly objective: SloState;
    readonly bake: BakeState;
    /** The share that may fail at 100 %; fixed when 100 % begins. */
    readonly reference: number;
    /** How often 100 % was begun. */
    readonly bakes: number;
    readonly metrics: readonly MetricState[];
    /** Of the whole rollout, warm-up included. */
    readonly counts: Counts;
    /** As the versions' own sidecars count. */
    readonly received: Counts;
    /** Scrapes with canary requests that are still left out. */
    readonly warmUp: number;
    /** Of the last answer from Prometheus that had counts. */
    readonly answeredAt: number;
}

export function startOf(about: About, weight: number, at: number): RolloutState {
    return {
        startedAt: at,
        phase: phaseOf(weight, at),
        harm: harmStart(),
        slow: latencyStart(about.bounds),
        objective: sloStart(),
        bake: bakeStart(),
        reference: 1,
        bakes: 0,
        metrics: about.analysis.metrics.map(() => ({
            harm: harmStart(),
            counts: NOTHING,
            worse: 0,
        })),
        counts: NOTHING,
        received: NOTHING,
        warmUp: about.analysis.warmUp,
        answeredAt: at,
    };
}

/** The state when the next weight is written. */
export function enter(about: About, state: RolloutState, weight: number, at: number): RolloutState {
    const next = { ...state, phase: phaseOf(weight, at), answeredAt: at };
    if (weight !== 100) return next;
    // After a retreat what was right before the incident is no measure any more: that of the last phase is.
    const { stable } = state.bakes === 0 ? state.counts : state.phase.counts;
    const reference = referenceShare(stable, about.analysis.falseRollback);
    return { ...next, reference, bake: bakeStart(), bakes: state.bakes + 1 };
}

/** The state when callers have the weight. */
export function routed(state: RolloutState, at: number): RolloutState {
    return { ...state, phase: { ...state.phase, routedAt: at } };
}

/** Milliseconds that callers have had the weight; 0 as long as they have not. */
export function dwellOf({ phase }: RolloutState, at: number): number {
    return at - (phase.routedAt ?? at);
}

function phaseOf(weight: number, since: number): PhaseState {
    return {
        weight,
        since,
        safe: nonInferiorityStart(),
        counts: NOTHING,
        calledAt: since,
    };
}

/** The state after a look that Prometheus answered. */
export function absorb(
    about: About,
    state: RolloutState,
    observation: Observation,
    at: number,
): RolloutState {
    const { strata } = observation;
    const seen = strata.reduce(sum, NOTHING);
    const requests = seen.canary.requests + seen.stable.requests;
    const counted: RolloutState = {
        ...state,
        answeredAt: at,
        counts: sum(state.counts, seen),
        received: sum(state.received, observation.received),
        phase: {
            ...state.phase,
            counts: sum(state.phase.counts, seen),
            calledAt: requests > 0 ? at : state.phase.calledAt,
        },
        metrics: state.metrics.map((metric, index) =>
            metricAfter(about, metric, index, observation.custom),
        ),
    };
    // A version's first requests are slow and some fail, whatever it is like afterwards.
    if (state.warmUp > 0) {
        return seen.canary.requests > 0 ? { ...counted, warmUp: state.warmUp - 1 } : counted;
    }
    return tested(about, counted, observation);
}

function tested(about: About, state: RolloutState, observation: Observation): RolloutState {
    const { strata, slow } = observation;
    const { weight } = state.phase;
    const canaries = strata.map(({ canary }) => canary);
    const { errorShare } = about.analysis.objective;
    const bounds = state.slow.bounds.map(
        (bound) => slow.find((one) => one.bound === bound)?.strata ?? [],
    );
    const margin = safeMargin(about, weight);
    return {
        ...state,
        harm: harmAfter(state.harm, strata, harmOptions(about)),
        slow: latencyAfter(state.slow, bounds, slowOptions(about)),
        objective:
            errorShare === undefined
                ? state.objective
                : sloAfter(state.objective, canaries, objectiveOptions(about, errorShare)),
        bake:
            weight === 100
                ? bakeAfter(state.bake, canaries, bakeOptions(about, state.reference))
                : state.bake,
        phase: {
            ...state.phase,
            safe: nonInferiorityAfter(state.phase.safe, strata, {
                margin,
                dispersion: about.dispersion,
            }),
        },
    };
}

function metricAfter(
    about: About,
    state: MetricState,
    index: number,
    values: Observation["custom"],
): MetricState {
    const metric = about.analysis.metrics[index];
    const value = metric && values[metric.name];
    if (metric === undefined || value === undefined) return state;
    if (value.problem !== undefined) return { ...state, problem: value.problem };
    const { canary, stable } = value;
    if (metric.kind === "gauge") {
        const worse = canary !== undefined && isWorse(metric, canary, stable);
        return {
            harm: state.harm,
            counts: state.counts,
            worse: worse ? state.worse + 1 : 0,
            seen: value,
        };
    }
    const added = {
        canary: { requests: value.canaryOf ?? 0, failed: canary ?? 0 },
        stable: { requests: value.stableOf ?? 0, failed: stable ?? 0 },
    };
    const counts = metric.better === "lower" ? added : missed(added);
    return {
        harm: harmAfter(state.harm, [counts], metricOptions(about, index)),
        worse: 0,
        counts: sum(state.counts, added),
        seen: value,
    };
}

/** Whether a gauge of the canary's is beyond its limits. */
function isWorse(
    { better, ratio, limit }: About["analysis"]["metrics"][number],
    canary: number,
    stable: number | undefined,
): boolean {
    const beyond = (bound: number) => (better === "lower" ? canary > bound : canary < bound);
    if (limit !== undefined && beyond(limit)) return true;
    return ratio !== undefined && stable !== undefined && beyond(stable * ratio);
}

/** Of a count that should be high, what is not in it. */
function missed({ canary, stable }: Counts): Counts {
    const rest = ({ requests, failed }: Arm) => ({ requests, failed: requests - failed });
    return { canary: rest(canary), stable: rest(stable) };
}

function sum(a: Counts, b: Counts): Counts {
    return { canary: sumOf(a.canary, b.canary), stable: sumOf(a.stable, b.stable) };
}

function sumOf(a: Arm, b: Arm): Arm {
    return { requests: a.requests + b.requests, failed: a.failed + b.failed };
}
