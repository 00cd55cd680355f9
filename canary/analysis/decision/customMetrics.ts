/** Custom metrics: the state of each, and its gate. */
import type { CustomMetric } from "../config/metricConfig";
import type { CustomValue, Observation } from "../counts/observation";
import {
    type Arm,
    type Counts,
    type HarmState,
    harmAfter,
    harmEvidence,
    harmStart,
} from "../statistics";
import { addCounts, NO_COUNTS } from "../statistics/counts";
import { countText, oddsText, percentText } from "../text";
import { type GateName, type GateVerdict, gate } from "./decision";
import { metricOptions, type RolloutSettings, SUSPICION } from "./rolloutSettings";

/** State of one custom metric. */
export interface MetricState {
    /** For a counter: the test, and the total counts. */
    readonly harm: HarmState;
    readonly counts: Counts;
    /** For a gauge: consecutive samples in which the canary was worse. */
    readonly worse: number;
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
): MetricState {
    const metric = settings.analysis.metrics[index];
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
            last: value,
        };
    }
    const added = {
        canary: { requests: value.canaryOf ?? 0, failed: canary ?? 0 },
        stable: { requests: value.stableOf ?? 0, failed: stable ?? 0 },
    };
    const counts = metric.better === "lower" ? added : complement(added);
    return {
        harm: harmAfter(state.harm, [counts], metricOptions(settings, index)),
        worse: 0,
        counts: addCounts(state.counts, added),
        last: value,
    };
}

/** Whether the canary's gauge is beyond its limits. */
function isWorse(
    { better, ratio, limit }: CustomMetric,
    canary: number,
    stable: number | undefined,
): boolean {
    const beyond = (bound: number) => (better === "lower" ? canary > bound : canary < bound);
    if (limit !== undefined && beyond(limit)) return true;
    return ratio !== undefined && stable !== undefined && beyond(stable * ratio);
}

/** For a counter that should be high: the rest, which should be low. */
function complement({ canary, stable }: Counts): Counts {
    const rest = ({ requests, failed }: Arm) => ({ requests, failed: requests - failed });
    return { canary: rest(canary), stable: rest(stable) };
}

/** The verdict of one metric. That of a dry run is marked, and its reason says so wherever it is shown. */
export function metricGate(metric: CustomMetric, state: MetricState | undefined): GateVerdict {
    const verdict = judge(metric, state);
    if (!metric.dryRun) return verdict;
    return { ...verdict, reason: `dry run, decides nothing: ${verdict.reason}`, dryRun: true };
}

function judge(metric: CustomMetric, state: MetricState | undefined): GateVerdict {
    const name: GateName = `metric ${metric.name}`;
    if (state?.problem !== undefined) return gate(name, "error", state.problem);
    const { canary, stable } = state?.last ?? {};
    if (state === undefined || canary === undefined) {
        return gate(name, "inconclusive", "no value for the canary yet");
    }
    if (metric.kind === "gauge") {
        const values = `canary ${canary}, stable ${stable ?? "unknown"}`;
        const bounds = [
            ...(metric.limit === undefined ? [] : [`${metric.limit}`]),
            ...(metric.ratio === undefined ? [] : [`${metric.ratio} times the stable's`]),
        ].join(" and ");
        const reason = `${values}; ${metric.better} is better, limit ${bounds}; worse in ${countText(state.worse, "consecutive sample")}, rollback at ${metric.samples}`;
        if (state.worse >= metric.samples) return gate(name, "fail", reason);
        return gate(name, state.worse > 0 ? "inconclusive" : "pass", reason);
    }
    const evidence = harmEvidence(state.harm);
    const limit = Math.log(1 / metric.falseRollback);
    const { counts } = state;
    const reason = `canary ${counts.canary.failed} of ${counts.canary.requests}, stable ${counts.stable.failed} of ${counts.stable.requests} in total; odds ${oddsText(evidence)} to 1 that the canary is worse by more than ${percentText(metric.margin)}, rollback at ${oddsText(limit)}`;
    if (evidence >= limit) return gate(name, "fail", reason);
    return gate(name, evidence >= SUSPICION ? "inconclusive" : "pass", reason);
}
