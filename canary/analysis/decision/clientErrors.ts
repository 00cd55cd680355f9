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
import { clientErrorOptions, type RolloutSettings, SUSPICION } from "./rolloutSettings";

/** State of the test of one kind. */
interface KindState {
    readonly harm: HarmState;
    /** Of the whole rollout; `failed` counts the client errors. */
    readonly counts: Counts;
}

export interface ClientErrorState {
    readonly kinds: Readonly<Record<ClientError, KindState>>;
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
    const start: KindState = { harm: harmStart(), counts: NO_COUNTS };
    return {
        kinds: Object.fromEntries(CLIENT_ERRORS.map((kind) => [kind, start])) as Record<
            ClientError,
            KindState
        >,
        majority: 0,
    };
}

/** The state after a sample. */
export function clientErrorsAfter(
    settings: RolloutSettings,
    { kinds, majority }: ClientErrorState,
    strata: readonly Stratum[],
    at: number,
): ClientErrorState {
    const countsOf = (kind: ClientError) => strata.map((stratum) => rejected(stratum, kind));
    const all = sumCounts(strata);
    const rejections = CLIENT_ERRORS.map((kind) => sumCounts(countsOf(kind))).reduce(addCounts);
    const isMost = failsMost({
        canary: { ...all.canary, failed: rejections.canary.failed },
        stable: { ...all.stable, failed: rejections.stable.failed },
    });
    // Kinds without errors so far share one state, which is computed once for each margin.
    const idle = new Map<number, Map<HarmState, HarmState>>();
    const harmOf = (kind: ClientError, counts: readonly Counts[]): HarmState => {
        const before = kinds[kind].harm;
        const options = clientErrorOptions(settings, kind);
        if (rejections.canary.failed + rejections.stable.failed > 0) {
            return harmAfter(before, counts, options, at);
        }
        const known = idle.get(options.margin) ?? new Map<HarmState, HarmState>();
        const next = known.get(before) ?? harmAfter(before, counts, options, at);
        idle.set(options.margin, known.set(before, next));
        return next;
    };
    const after = (kind: ClientError): KindState => {
        const counts = countsOf(kind);
        return {
            harm: harmOf(kind, counts),
            counts: addCounts(kinds[kind].counts, sumCounts(counts)),
        };
    };
    return {
        kinds: Object.fromEntries(CLIENT_ERRORS.map((kind) => [kind, after(kind)])) as Record<
            ClientError,
            KindState
        >,
        majority: all.canary.requests === 0 ? majority : isMost ? majority + 1 : 0,
    };
}

function rejected({ canary, stable, clientErrors }: Stratum, kind: ClientError): Counts {
    const found = clientErrors?.[kind];
    return {
        canary: { requests: canary.requests, failed: found?.canary ?? 0 },
        stable: { requests: stable.requests, failed: found?.stable ?? 0 },
    };
}

/**
 * ln E over all kinds: the mean of their E's, which is valid however they depend on each other (Vovk and Wang 2021). While the
 * canary rejects most of its requests, a burst explains nothing, and `corroboration` samples suffice.
 */
export function clientErrorEvidence(
    { analysis: { corroboration } }: RolloutSettings,
    { kinds, majority }: ClientErrorState,
): number {
    const of = majority >= corroboration ? mixtureWhole : harmEvidence;
    return logMeanExp(CLIENT_ERRORS.map((kind) => of(kinds[kind].harm)));
}

export function clientErrorGate(settings: RolloutSettings, state: ClientErrorState): GateVerdict[] {
    const { enabled, falseRollback } = settings.analysis.clientErrors;
    if (!enabled) return [];
    const evidence = clientErrorEvidence(settings, state);
    const limit = Math.log(1 / falseRollback);
    const [worst] = [...CLIENT_ERRORS].sort(
        (a, b) => mixtureWhole(state.kinds[b].harm) - mixtureWhole(state.kinds[a].harm),
    );
    const kind = worst ?? "invalid";
    const { canary, stable } = state.kinds[kind].counts;
    const { margin } = clientErrorOptions(settings, kind);
    const reason = `${numberText(canary.failed)} of ${numberText(canary.requests)} canary requests and ${numberText(stable.failed)} of ${numberText(stable.requests)} stable requests were answered with ${NAMES[kind]}; odds ${oddsText(evidence)} to 1 that the canary's share exceeds 1.5 times the stable's by more than ${percentText(margin)}, rollback at ${oddsText(limit)}`;
    if (evidence >= limit) return [gate("client errors", "fail", reason)];
    const suspicion = logMeanExp(CLIENT_ERRORS.map((one) => harmSuspicion(state.kinds[one].harm)));
    return [gate("client errors", suspicion >= SUSPICION ? "inconclusive" : "pass", reason)];
}
