/** The state of the analysis: plain JSON, rebuilt from the journal when a driver resumes. */
import type { Observation, Stratum } from "../counts/observation";
import {
    type Arm,
    type BakeState,
    bakeAfter,
    bakeStart,
    type Counts,
    type HarmState,
    harmAfter,
    harmSkipped,
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
import { addArms, addCounts, failsMost, NO_COUNTS, sumCounts } from "../statistics/counts";
import { attribute, NO_UNLABELLED, type Unlabelled } from "./attribution";
import { type ClientErrorState, clientErrorStart, clientErrorsAfter } from "./clientErrors";
import { type MetricState, metricAfter, metricStart } from "./customMetrics";
import {
    addedOptions,
    bakeOptions,
    grossOptions,
    harmOptions,
    milliseconds,
    objectiveOptions,
    type RolloutSettings,
    safeMargin,
    slowOptions,
    worseOptions,
} from "./rolloutSettings";
import { type SlowBakeState, slowBakeAfter, slowBakeAgain, slowBakeStart } from "./slowBake";
import { isWarmingUp, NO_PODS, type Pods, podsAfter } from "./warmUp";

/** The phase at the weight that was written last. */
export interface PhaseState {
    readonly weight: number;
    /** When the weight was written; requests count from then on. Milliseconds since the epoch. */
    readonly since: number;
    /** When callers had the weight, which starts the phase's clock. */
    readonly routedAt?: number;
    readonly safe: NonInferiorityState;
    readonly counts: Counts;
    /** The stable's requests among them that may have begun before the phase. */
    readonly earlier: number;
    /** Time of the last sample with requests; `since` before the first. */
    readonly calledAt: number;
}

export interface AnalysisState {
    /** When the first weight was written; milliseconds since the epoch, as all times here. */
    readonly startedAt: number;
    readonly phase: PhaseState;
    readonly harm: HarmState;
    /** The same for harm that no warm-up explains, which is tested in the warm-up too. */
    readonly gross: HarmState;
    /** The same without a margin, for the objective and the exposure budget. */
    readonly worse: HarmState;
    /** Whether both versions together fail more than usual; tested if that is known. */
    readonly added: SloState;
    readonly clientErrors: ClientErrorState;
    /** Consecutive samples in which most of the canary's requests failed, and few of the stable's. */
    readonly majority: number;
    readonly slow: LatencyState;
    readonly slowBake: SlowBakeState;
    /** Number of samples in which latency was judged. */
    readonly judged: number;
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
    /** The rollout's cost: failed canary requests beyond the stable's share, each sample by itself. Can be below 0 by chance. */
    readonly excess: number;
    /** Failures of neither version. */
    readonly unattributed: number;
    readonly unlabelled: Unlabelled;
    readonly pods: Pods;
    /** Until then, requests from before the last decrease of the weight may still end, and nothing is tested. */
    readonly quietUntil: number;
    /** When Prometheus last returned counts. */
    readonly answeredAt: number;
}

export function startState(settings: RolloutSettings, weight: number, at: number): AnalysisState {
    return {
        startedAt: at,
        phase: startPhase(weight, at),
        harm: harmStart(),
        gross: harmStart(),
        worse: harmStart(),
        added: sloStart(),
        clientErrors: clientErrorStart(),
        majority: 0,
        slow: latencyStart(settings.bounds),
        slowBake: slowBakeStart(settings.bounds),
        judged: 0,
        objective: sloStart(),
        bake: bakeStart(),
        reference: 1,
        bakes: 0,
        metrics: settings.analysis.metrics.map(metricStart),
        counts: NO_COUNTS,
        received: NO_COUNTS,
        excess: 0,
        unattributed: 0,
        unlabelled: NO_UNLABELLED,
        pods: NO_PODS,
        quietUntil: at,
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
    const isLower = weight < state.phase.weight;
    const next = {
        ...state,
        phase: startPhase(weight, at),
        unlabelled: NO_UNLABELLED,
        quietUntil: isLower ? at + SETTLE_MS : state.quietUntil,
        answeredAt: at,
    };
    if (weight !== 100) return next;
    const reference = referenceShare(stableBefore(state), settings.analysis.falseRollback);
    return {
        ...next,
        reference,
        bake: bakeStart(),
        slowBake: slowBakeAgain(state.slowBake),
        bakes: state.bakes + 1,
    };
}

/**
 * Requests that a version got before its weight was lowered end late if they time out. With the few that it gets now, they would
 * look like a fault.
 */
export const SETTLE_MS = 40_000;

/** The stable's requests before a bake at 100 %, with its share of the failures of neither version. */
function stableBefore(state: AnalysisState): Arm {
    // After a retreat, use the last phase's failures: those from before the incident no longer apply.
    const { canary, stable } = state.bakes === 0 ? state.counts : state.phase.counts;
    const all = canary.requests + stable.requests;
    const unattributed = all === 0 ? 0 : Math.round((state.unattributed * stable.requests) / all);
    return addArms(stable, { requests: unattributed, failed: unattributed });
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
        earlier: 0,
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
    const { weight } = state.phase;
    const { unlabelled, strata, attributed } = attribute(state.unlabelled, observation, weight);
    const added = sumCounts(strata);
    const requests = added.canary.requests + added.stable.requests;
    const counted: AnalysisState = {
        ...state,
        answeredAt: at,
        counts: addCounts(state.counts, added),
        received: addCounts(state.received, observation.received),
        excess: state.excess + excessOf(added, state.reference),
        unattributed: state.unattributed + observation.unattributed - attributed,
        unlabelled,
        pods: podsAfter(state.pods, added.canary.requests, observation.canaryPods, at),
        phase: {
            ...state.phase,
            counts: addCounts(state.phase.counts, added),
            earlier: state.phase.earlier + (observation.earlier ?? 0),
            calledAt: requests > 0 ? at : state.phase.calledAt,
        },
        metrics: state.metrics.map((metric, index) =>
            metricAfter(settings, metric, index, observation.custom, {
                at,
                since: state.startedAt,
            }),
        ),
    };
    if (isQuiet(state, at)) return counted;
    return updateTests(settings, counted, strata, observation.slow, at);
}

/** Not for longer than {@link SETTLE_MS}, also if the clock was set back meanwhile. */
function isQuiet({ quietUntil }: AnalysisState, at: number): boolean {
    return at < quietUntil && at >= quietUntil - SETTLE_MS;
}

/** Failed canary requests beyond the stable's share in the same sample; at 100 %, beyond the reference. */
function excessOf({ canary, stable }: Counts, reference: number): number {
    const expected =
        stable.requests > 0
            ? (canary.requests * stable.failed) / stable.requests
            : canary.requests * (reference < 1 ? reference : 0);
    return canary.failed - expected;
}

function updateTests(
    settings: RolloutSettings,
    state: AnalysisState,
    strata: readonly Stratum[],
    slow: Observation["slow"],
    at: number,
): AnalysisState {
    const { weight } = state.phase;
    const { warmUp } = settings.analysis;
    const compared = weight === 100 ? strata.map(withoutStable) : strata;
    const counts = sumCounts(compared);
    const { canary } = counts;
    const isNew = isWarmingUp(state.pods, milliseconds(warmUp.errors), at);
    const majority = failsMost(counts) ? state.majority + 1 : 0;
    const always: AnalysisState = {
        ...state,
        gross: harmAfter(state.gross, compared, grossOptions(settings), at),
        added: addedAfter(settings, state, strata, at),
        clientErrors:
            weight === 100
                ? state.clientErrors
                : clientErrorsAfter(settings, state.clientErrors, strata, at),
        majority: canary.requests === 0 ? state.majority : majority,
        phase: {
            ...state.phase,
            safe: nonInferiorityAfter(state.phase.safe, strata, {
                margin: safeMargin(settings, weight),
                dispersion: settings.dispersion,
            }),
        },
    };
    const tested = isNew
        ? { ...always, harm: harmSkipped(state.harm, harmOptions(settings), at) }
        : withErrors(settings, always, compared, at);
    if (isWarmingUp(state.pods, milliseconds(warmUp.latency), at)) return tested;
    const bounds = state.slow.bounds.map((bound) => {
        const found = slow.find((one) => one.bound === bound)?.strata ?? [];
        return weight === 100 ? found.map(withoutStable) : found;
    });
    return {
        ...tested,
        slow: latencyAfter(state.slow, bounds, slowOptions(settings), at),
        slowBake: slowBakeAfter(settings, state.slowBake, bounds, weight, at),
        judged: state.judged + (canary.requests > 0 ? 1 : 0),
    };
}

/** At 100 %, the stable's requests are from before its callers got the weight, and the canary's are not. */
function withoutStable({ canary }: Counts): Counts {
    return { canary, stable: NO_COUNTS.stable };
}

function addedAfter(
    settings: RolloutSettings,
    { added }: AnalysisState,
    strata: readonly Stratum[],
    at: number,
): SloState {
    if (settings.usual === undefined) return added;
    const both = strata.map(({ canary, stable }) => addArms(canary, stable));
    return sloAfter(added, both, addedOptions(settings, settings.usual), at);
}

function needsWorse({ analysis: { objective, exposureBudget } }: RolloutSettings): boolean {
    return objective.errorShare !== undefined || exposureBudget !== undefined;
}

/** The tests that leave out the warm-up. */
function withErrors(
    settings: RolloutSettings,
    state: AnalysisState,
    strata: readonly Counts[],
    at: number,
): AnalysisState {
    const { errorShare } = settings.analysis.objective;
    const canaries = strata.map(({ canary }) => canary);
    return {
        ...state,
        harm: harmAfter(state.harm, strata, harmOptions(settings), at),
        worse: needsWorse(settings)
            ? harmAfter(state.worse, strata, worseOptions(settings), at)
            : state.worse,
        objective:
            errorShare === undefined
                ? state.objective
                : sloAfter(state.objective, canaries, objectiveOptions(settings, errorShare), at),
        bake:
            state.phase.weight === 100
                ? bakeAfter(state.bake, canaries, bakeOptions(settings, state.reference), at)
                : state.bake,
    };
}
