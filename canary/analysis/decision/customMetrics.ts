/** Custom metrics: the state of each, and its gate. */
import { type CustomMetric, type Judged, judged } from "../config/metricConfig";
import { reportsSizes } from "../config/metrics/responseSize";
import { windowOf } from "../config/metricWindow";
import type { CustomValue, Observation } from "../counts/observation";
import {
    type Arm,
    type Counts,
    type HarmState,
    harmAfter,
    harmEvidence,
    harmStart,
    harmSuspicion,
} from "../statistics";
import { addCounts, NO_COUNTS } from "../statistics/counts";
import { logMeanExp } from "../statistics/logSpace";
import { countText, durationText, oddsText, percentText } from "../text";
import { type GateName, type GateVerdict, gate } from "./decision";
import { metricOptions, type RolloutSettings, SUSPICION } from "./rolloutSettings";

/** State of one custom metric. */
export interface MetricState {
    /** For a counter: the test, and the total counts. */
    readonly harm: HarmState;
    /** For a counter that should be high: the same test of the share itself. */
    readonly drop?: HarmState;
    readonly counts: Counts;
    /** For a gauge: consecutive looks at which the canary was worse. Looks that overlap are one. */
    readonly worse: number;
    /** Time of the last of them; milliseconds since the epoch. */
    readonly worseAt?: number;
    /** For a gauge: the last look was worse, but does not count, because it reaches back to before the rollout. */
    readonly early?: boolean;
    /** Why the last sample had no value. */
    readonly problem?: string;
    readonly last?: CustomValue;
}

export function metricStart(): MetricState {
    return { harm: harmStart(), counts: NO_COUNTS, worse: 0 };
}

/** The state after a sample. */
export function metricAfter(
    settings: RolloutSettings,
    state: MetricState,
    index: number,
    values: Observation["custom"],
    time: { readonly at: number; readonly since: number },
): MetricState {
    const configured = settings.analysis.metrics[index];
    const value = configured && values[configured.name];
    if (configured === undefined || value === undefined) return state;
    if (value.problem !== undefined) return { ...state, problem: value.problem };
    const { canary, stable } = value;
    const metric = judged(configured);
    if (metric.kind === "gauge") return gaugeAfter(configured, state, value, time);
    const added = {
        canary: { requests: value.canaryOf ?? 0, failed: canary ?? 0 },
        stable: { requests: value.stableOf ?? 0, failed: stable ?? 0 },
    };
    const options = metricOptions(settings, index);
    const after = { worse: 0, counts: addCounts(state.counts, added), last: value };
    if (metric.better === "lower") {
        return { ...after, harm: harmAfter(state.harm, [added], options, time.at) };
    }
    const swapped = { canary: added.stable, stable: added.canary };
    return {
        ...after,
        harm: harmAfter(state.harm, [complement(added)], options, time.at),
        drop: harmAfter(state.drop ?? harmStart(), [swapped], options, time.at),
    };
}

/**
 * Whether a counter that should be high is too low, can be asked in two ways: is the canary's rest too high, or the stable's share?
 * The first sees 99.9 % fall to 99 %, the second 10 % fall to 5 %. The mean of two e-values is one.
 */
function counterEvidence({ harm, drop }: MetricState, of = harmEvidence): number {
    return drop === undefined ? of(harm) : logMeanExp([of(harm), of(drop)]);
}

/**
 * Consecutive values of a rate over two minutes share most of their requests: one unlucky minute makes all of them worse. So they
 * count once per window, and only from when the window has no time before the canary's first requests.
 */
function gaugeAfter(
    metric: CustomMetric,
    { harm, counts, worse, worseAt, last }: MetricState,
    value: CustomValue,
    { at, since }: { readonly at: number; readonly since: number },
): MetricState {
    const { canary, stable } = value;
    const after = { harm, counts, last: value };
    if (canary === undefined || !isWorse(judged(metric), canary, stable))
        return { ...after, worse: 0 };
    const window = windowOf(metric);
    const lookedAt = value.at ?? at;
    const isSame = value.at !== undefined && value.at === last?.at;
    const overlaps = worseAt !== undefined && lookedAt - worseAt < window;
    const early = lookedAt - since < window;
    if (isSame || overlaps || early) {
        return {
            ...after,
            worse,
            ...(worseAt !== undefined && { worseAt }),
            ...(early && { early }),
        };
    }
    return { ...after, worse: worse + 1, worseAt: lookedAt };
}

/** Whether the canary's gauge is beyond its limits. */
function isWorse(
    { better, ratio, limit }: Judged,
    canary: number,
    stable: number | undefined,
): boolean {
    const beyond = (bound: number) => (better === "lower" ? canary > bound : canary < bound);
    if (limit !== undefined && beyond(limit)) return true;
    return ratio !== undefined && stable !== undefined && beyond(stable * ratio);
}

/** For a counter that should be high: the rest, which should be low. Both are not read at the same instant, so it may lack some. */
function complement({ canary, stable }: Counts): Counts {
    const rest = ({ requests, failed }: Arm) => ({
        requests,
        failed: Math.max(0, requests - failed),
    });
    return { canary: rest(canary), stable: rest(stable) };
}

/** The verdicts of all metrics. The response size, if it only reports, is left out as long as it has no value. */
export function metricGates(
    metrics: readonly CustomMetric[],
    states: readonly MetricState[],
): GateVerdict[] {
    return metrics.flatMap((metric, index) => {
        const state = states[index];
        return reportsSizes(metric) && state?.last === undefined ? [] : [metricGate(metric, state)];
    });
}

/** The verdict of one metric. That of a dry run is marked, and its reason says so wherever it is shown. */
export function metricGate(metric: CustomMetric, state: MetricState | undefined): GateVerdict {
    const verdict = judge(judged(metric), windowOf(metric), state);
    if (!metric.dryRun) return verdict;
    return { ...verdict, reason: `dry run, decides nothing: ${verdict.reason}`, dryRun: true };
}

function judge(metric: Judged, window: number, state: MetricState | undefined): GateVerdict {
    const name: GateName = `metric ${metric.name}`;
    if (state?.problem !== undefined) return gate(name, "error", state.problem);
    const { canary, stable } = state?.last ?? {};
    if (state === undefined || canary === undefined) {
        const detail = state?.last?.detail ?? "no value for the canary yet";
        return gate(name, "inconclusive", detail);
    }
    if (metric.kind === "gauge") {
        const apart = window > 0 ? ` at least ${durationText(window / 1_000)} apart` : "";
        const values = `canary ${canary}, stable ${stable ?? "unknown"}`;
        const bounds = [
            ...(metric.limit === undefined ? [] : [`${metric.limit}`]),
            ...(metric.ratio === undefined ? [] : [`${metric.ratio} times the stable's`]),
        ].join(" and ");
        const found =
            state.last?.detail ?? `${values}; ${metric.better} is better, limit ${bounds}`;
        const reason = `${found}; worse in ${countText(state.worse, "consecutive sample")}${apart}, rollback at ${metric.samples}`;
        if (state.worse >= metric.samples) return gate(name, "fail", reason);
        return gate(name, state.worse > 0 || state.early ? "inconclusive" : "pass", reason);
    }
    const evidence = counterEvidence(state);
    const limit = Math.log(1 / metric.falseRollback);
    const { counts } = state;
    const reason = `canary ${counts.canary.failed} of ${counts.canary.requests}, stable ${counts.stable.failed} of ${counts.stable.requests} in total; odds ${oddsText(evidence)} to 1 that the canary is worse by more than ${percentText(metric.margin)}, rollback at ${oddsText(limit)}`;
    if (evidence >= limit) return gate(name, "fail", reason);
    const isSuspicious = counterEvidence(state, harmSuspicion) >= SUSPICION;
    return gate(name, isSuspicious ? "inconclusive" : "pass", reason);
}
