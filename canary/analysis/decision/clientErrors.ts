/** Client errors (4xx): whether the canary rejects more requests than the stable, by kind. */
import { CLIENT_ERRORS, type ClientError } from "../counts/failures";
import type { Stratum } from "../counts/observation";
import {
    type Counts,
    type HarmOptions,
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
    return { kinds: byKind(() => start), majority: 0 };
}

function byKind<Value>(of: (kind: ClientError) => Value): Record<ClientError, Value> {
    return Object.fromEntries(CLIENT_ERRORS.map((kind) => [kind, of(kind)])) as Record<
        ClientError,
        Value
    >;
}

/** The state after a sample. */
export function clientErrorsAfter(
    settings: RolloutSettings,
    { kinds, majority }: ClientErrorState,
    strata: readonly Stratum[],
    at: number,
): ClientErrorState {
    const found = byKind((kind) => {
        const counts = strata.map((stratum) => rejected(stratum, kind));
        return { counts, sum: sumCounts(counts) };
    });
    const all = sumCounts(strata);
    const rejections = CLIENT_ERRORS.map((kind) => found[kind].sum).reduce(addCounts);
    const isMost = failsMost({
        canary: { ...all.canary, failed: rejections.canary.failed },
        stable: { ...all.stable, failed: rejections.stable.failed },
    });
    const idle: IdleStep[] = [];
    return {
        kinds: byKind((kind) => {
            const { counts, sum } = found[kind];
            const before = kinds[kind];
            const options = clientErrorOptions(settings, kind);
            const step = () => harmAfter(before.harm, counts, options, at);
            const isIdle = sum.canary.failed + sum.stable.failed === 0;
            return {
                harm: isIdle ? onceOf(idle, before.harm, options, step) : step(),
                counts: addCounts(before.counts, sum),
            };
        }),
        majority: all.canary.requests === 0 ? majority : isMost ? majority + 1 : 0,
    };
}

interface IdleStep {
    readonly before: HarmState;
    readonly options: HarmOptions;
    readonly after: HarmState;
}

/** Kinds that have had no errors so far share one state, so that most steps need to be computed only once. */
function onceOf(
    idle: IdleStep[],
    before: HarmState,
    options: HarmOptions,
    step: () => HarmState,
): HarmState {
    const known = idle.find((one) => one.before === before && one.options === options);
    if (known !== undefined) return known.after;
    const after = step();
    idle.push({ before, options, after });
    return after;
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
