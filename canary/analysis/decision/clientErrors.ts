/** Client errors (4xx): whether the canary rejects more requests than the stable, by kind. */
import { CLIENT_ERRORS, type ClientError } from "../counts/failures";
import type { Stratum } from "../counts/observation";
import {
    type Counts,
    type HarmState,
    harmAfter,
    harmEvidence,
    harmStart,
    harmSuspicion,
    mixtureWhole,
} from "../statistics";
import { addCounts, failsMost, NO_COUNTS, sumCounts } from "../statistics/counts";
import { logMeanExp } from "../statistics/logSpace";
import { numberText, oddsText, percentText } from "../text";
import { type GateVerdict, gate } from "./decision";
import {
    type ClientErrorMargin,
    clientErrorOptions,
    marginOf,
    type RolloutSettings,
    SUSPICION,
} from "./rolloutSettings";

/** State of the test of one kind. */
interface KindState {
    readonly harm: HarmState;
    /** Of the whole rollout; `failed` counts the client errors. */
    readonly counts: Counts;
}

export interface ClientErrorState {
    /** Of the whole rollout. */
    readonly counts: Counts;
    /** Kinds that have occurred. */
    readonly kinds: Readonly<Partial<Record<ClientError, KindState>>>;
    /** The tests of all other kinds, by their margin: without errors, they have the same counts. */
    readonly idle: Readonly<Record<ClientErrorMargin, HarmState>>;
    /** Consecutive samples in which the canary rejected most of its requests, and the stable few. */
    readonly majority: number;
}

const NAMES: Readonly<Record<ClientError, string>> = {
    unauthenticated: "401",
    forbidden: "403",
    notFound: "404, 405 or 410",
    throttled: "429",
    cancelled: "499",
    invalid: "another 4xx",
};

export function clientErrorStart(): ClientErrorState {
    const idle = { margin: harmStart(), otherMargin: harmStart() };
    return { counts: NO_COUNTS, kinds: {}, idle, majority: 0 };
}

/** The state after a sample. */
export function clientErrorsAfter(
    settings: RolloutSettings,
    state: ClientErrorState,
    strata: readonly Stratum[],
    at: number,
): ClientErrorState {
    if (!settings.analysis.clientErrors.enabled) return state;
    const none = strata.map((stratum) => rejected(stratum));
    const all = sumCounts(none);
    const kinds: Partial<Record<ClientError, KindState>> = {};
    let rejections = all;
    for (const kind of CLIENT_ERRORS) {
        const isNew = strata.some(({ clientErrors }) => clientErrors?.[kind] !== undefined);
        if (!isNew && state.kinds[kind] === undefined) continue;
        const counts = strata.map((stratum) => rejected(stratum, kind));
        const sum = sumCounts(counts);
        const before = kindOf(state, kind);
        const options = clientErrorOptions(settings, marginOf(kind));
        kinds[kind] = {
            harm: harmAfter(before.harm, counts, options, at),
            counts: addCounts(before.counts, sum),
        };
        rejections = addFailures(rejections, sum);
    }
    const idleAfter = (margin: ClientErrorMargin) =>
        harmAfter(state.idle[margin], none, clientErrorOptions(settings, margin), at);
    const majority = failsMost(rejections) ? state.majority + 1 : 0;
    return {
        counts: addCounts(state.counts, all),
        kinds,
        idle: { margin: idleAfter("margin"), otherMargin: idleAfter("otherMargin") },
        majority: all.canary.requests === 0 ? state.majority : majority,
    };
}

function kindOf({ counts, kinds, idle }: ClientErrorState, kind: ClientError): KindState {
    return kinds[kind] ?? { harm: idle[marginOf(kind)], counts };
}

/** The requests of a stratum, with the client errors of one kind as failures; without a kind, with none. */
function rejected({ canary, stable, clientErrors }: Stratum, kind?: ClientError): Counts {
    const found = kind === undefined ? undefined : clientErrors?.[kind];
    return {
        canary: { requests: canary.requests, failed: found?.canary ?? 0 },
        stable: { requests: stable.requests, failed: found?.stable ?? 0 },
    };
}

function addFailures({ canary, stable }: Counts, added: Counts): Counts {
    return {
        canary: { ...canary, failed: canary.failed + added.canary.failed },
        stable: { ...stable, failed: stable.failed + added.stable.failed },
    };
}

/**
 * ln E over all kinds: the mean of their E's, which is valid however they depend on each other (Vovk and Wang 2021). While the
 * canary rejects most of its requests, a burst explains nothing, and `corroboration` samples suffice.
 */
export function clientErrorEvidence(
    { analysis: { corroboration } }: RolloutSettings,
    state: ClientErrorState,
): number {
    return meanOf(state, state.majority >= corroboration ? mixtureWhole : harmEvidence);
}

function meanOf(state: ClientErrorState, of: (harm: HarmState) => number): number {
    return logMeanExp(CLIENT_ERRORS.map((kind) => of(kindOf(state, kind).harm)));
}

export function clientErrorGate(settings: RolloutSettings, state: ClientErrorState): GateVerdict[] {
    const { enabled, falseRollback } = settings.analysis.clientErrors;
    if (!enabled) return [];
    const evidence = clientErrorEvidence(settings, state);
    const limit = Math.log(1 / falseRollback);
    const kind = worstKind(state);
    const { canary, stable } = kindOf(state, kind).counts;
    const { margin } = clientErrorOptions(settings, marginOf(kind));
    const reason = `${numberText(canary.failed)} of ${numberText(canary.requests)} canary requests and ${numberText(stable.failed)} of ${numberText(stable.requests)} stable requests were answered with ${NAMES[kind]}; odds ${oddsText(evidence)} to 1 that the canary's share exceeds 1.5 times the stable's by more than ${percentText(margin)}, rollback at ${oddsText(limit)}`;
    if (evidence >= limit) return [gate("client errors", "fail", reason)];
    const isSuspicious = meanOf(state, harmSuspicion) >= SUSPICION;
    return [gate("client errors", isSuspicious ? "inconclusive" : "pass", reason)];
}

function worstKind(state: ClientErrorState): ClientError {
    const evidence = (kind: ClientError) => mixtureWhole(kindOf(state, kind).harm);
    return CLIENT_ERRORS.reduce((a, b) => (evidence(b) > evidence(a) ? b : a));
}
