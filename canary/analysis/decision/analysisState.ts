/** The state of the analysis: plain JSON, rebuilt from the journal when a driver resumes. */
import type { Observation } from "../counts/observation";
import {
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
import { addCounts, NO_COUNTS, sumCounts } from "../statistics/counts";
import { type MetricState, metricAfter, metricStart } from "./customMetrics";
import {
    bakeOptions,
    harmOptions,
    objectiveOptions,
    type RolloutSettings,
    safeMargin,
    slowOptions,
} from "./rolloutSettings";

/** The phase at the weight that was written last. */
export interface PhaseState {
    readonly weight: number;
    /** When the weight was written; requests count from then on. Milliseconds since the epoch. */
    readonly since: number;
    /** When callers had the weight, which starts the phase's clock. */
    readonly routedAt?: number;
    readonly safe: NonInferiorityState;
    readonly counts: Counts;
    /** Time of the last sample with requests; `since` before the first. */
    readonly calledAt: number;
}

export interface AnalysisState {
    /** When the first weight was written; milliseconds since the epoch, as all times here. */
    readonly startedAt: number;
    readonly phase: PhaseState;
    readonly harm: HarmState;
    readonly slow: LatencyState;
    readonly objective: SloState;
    readonly bake: BakeState;
    /** Acceptable failure share at 100 %, 0–1; set when that phase begins. */
    readonly reference: number;
    /** Number of times that the rollout has reached 100 %. */
    readonly bakes: number;
    readonly metrics: readonly MetricState[];
    /** Of the whole rollout, warm-up included. */
    readonly counts: Counts;
    /** As counted by the versions' own sidecars. */
    readonly received: Counts;
    /** Number of samples with canary requests that the tests still ignore. */
    readonly warmUp: number;
    /** When Prometheus last returned counts. */
    readonly answeredAt: number;
}

export function startState(settings: RolloutSettings, weight: number, at: number): AnalysisState {
    return {
        startedAt: at,
        phase: startPhase(weight, at),
        harm: harmStart(),
        slow: latencyStart(settings.bounds),
        objective: sloStart(),
        bake: bakeStart(),
        reference: 1,
        bakes: 0,
        metrics: settings.analysis.metrics.map(metricStart),
        counts: NO_COUNTS,
        received: NO_COUNTS,
        warmUp: settings.analysis.warmUp,
        answeredAt: at,
    };
}

/** The state after a weight was written. */
export function enterPhase(
    settings: RolloutSettings,
    state: AnalysisState,
    weight: number,
    at: number,
): AnalysisState {
    const next = { ...state, phase: startPhase(weight, at), answeredAt: at };
    if (weight !== 100) return next;
    // After a retreat, use the last phase's failures: those from before the incident no longer apply.
    const { stable } = state.bakes === 0 ? state.counts : state.phase.counts;
    const reference = referenceShare(stable, settings.analysis.falseRollback);
    return { ...next, reference, bake: bakeStart(), bakes: state.bakes + 1 };
}

/** The state once callers have the weight. */
export function startClock(state: AnalysisState, at: number): AnalysisState {
    return { ...state, phase: { ...state.phase, routedAt: at } };
}

/** Milliseconds since callers got the weight; 0 before that. */
export function dwellOf({ phase }: AnalysisState, at: number): number {
    return at - (phase.routedAt ?? at);
}

function startPhase(weight: number, since: number): PhaseState {
    return {
        weight,
        since,
        safe: nonInferiorityStart(),
        counts: NO_COUNTS,
        calledAt: since,
    };
}

/** The state after a sample with counts. */
export function absorb(
    settings: RolloutSettings,
    state: AnalysisState,
    observation: Observation,
    at: number,
): AnalysisState {
    const { strata } = observation;
    const added = sumCounts(strata);
    const requests = added.canary.requests + added.stable.requests;
    const counted: AnalysisState = {
        ...state,
        answeredAt: at,
        counts: addCounts(state.counts, added),
        received: addCounts(state.received, observation.received),
        phase: {
            ...state.phase,
            counts: addCounts(state.phase.counts, added),
            calledAt: requests > 0 ? at : state.phase.calledAt,
        },
        metrics: state.metrics.map((metric, index) =>
            metricAfter(settings, metric, index, observation.custom, {
                at,
                since: state.startedAt,
            }),
        ),
    };
    // The first requests to a new version are slow, and some fail, even if it is healthy afterwards.
    if (state.warmUp > 0) {
        return added.canary.requests > 0 ? { ...counted, warmUp: state.warmUp - 1 } : counted;
    }
    return updateTests(settings, counted, observation);
}

function updateTests(
    settings: RolloutSettings,
    state: AnalysisState,
    observation: Observation,
): AnalysisState {
    const { strata, slow } = observation;
    const { weight } = state.phase;
    const canaries = strata.map(({ canary }) => canary);
    const { errorShare } = settings.analysis.objective;
    const bounds = state.slow.bounds.map(
        (bound) => slow.find((one) => one.bound === bound)?.strata ?? [],
    );
    const margin = safeMargin(settings, weight);
    return {
        ...state,
        harm: harmAfter(state.harm, strata, harmOptions(settings)),
        slow: latencyAfter(state.slow, bounds, slowOptions(settings)),
        objective:
            errorShare === undefined
                ? state.objective
                : sloAfter(state.objective, canaries, objectiveOptions(settings, errorShare)),
        bake:
            weight === 100
                ? bakeAfter(state.bake, canaries, bakeOptions(settings, state.reference))
                : state.bake,
        phase: {
            ...state.phase,
            safe: nonInferiorityAfter(state.phase.safe, strata, {
                margin,
                dispersion: settings.dispersion,
            }),
        },
    };
}
