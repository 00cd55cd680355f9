/** To which version the failures without a version label are attributed. */
import type { Observation, Stratum } from "../counts/observation";
import { addArms, sumCounts } from "../statistics/counts";
import { proportionInterval, z9999 } from "../statistics/proportionInterval";

/** Consecutive samples with failures of no version. */
export interface Unlabelled {
    /** Requests with and without a version. */
    readonly all: number;
    readonly toCanary: number;
    readonly failures: number;
    /** Failures that were attributed to the canary so far. */
    readonly attributed: number;
}

interface Attributed {
    readonly unlabelled: Unlabelled;
    /** With the failures that are attributed to the canary. */
    readonly strata: readonly Stratum[];
    /** How many these are in this sample. */
    readonly attributed: number;
}

/** The failures must be at least this part of the requests that the canary lacks. */
const EXPLAINED = 0.5;

export const NO_UNLABELLED: Unlabelled = { all: 0, toCanary: 0, failures: 0, attributed: 0 };

/**
 * A request that no pod answered has no version. It is attributed to the canary only if the canary lacks requests: if the 99.99 %
 * interval of its share of the others, since these failures began, is below the weight, or if the weight is 100. Then it gets as many
 * failures as it lacks. Otherwise they are attributed to neither version, because both may have caused them.
 *
 * @param weight the canary's percentage of requests
 */
export function attribute(
    before: Unlabelled,
    { strata, unattributed }: Pick<Observation, "strata" | "unattributed">,
    weight: number,
): Attributed {
    if (unattributed === 0) return { unlabelled: NO_UNLABELLED, strata, attributed: 0 };
    const { canary, stable } = sumCounts(strata);
    const sum = {
        all: before.all + canary.requests + stable.requests + unattributed,
        toCanary: before.toCanary + canary.requests,
        failures: before.failures + unattributed,
    };
    const share = weight / 100;
    const { high } = proportionInterval(sum.toCanary, sum.all - sum.failures, z9999);
    const lacking = Math.round(sum.all * share) - sum.toCanary;
    const isLacking = weight === 100 || high < share;
    // Until callers have a higher weight, the canary lacks requests that nobody sent to it.
    const explained = sum.failures >= EXPLAINED * lacking;
    if (!isLacking || !explained) {
        const unlabelled = { ...sum, attributed: before.attributed };
        return { unlabelled, strata, attributed: 0 };
    }
    const due = Math.min(lacking, sum.failures) - before.attributed;
    const added = Math.max(0, Math.min(due, unattributed));
    return {
        unlabelled: { ...sum, attributed: before.attributed + added },
        strata: added === 0 ? strata : withCanaryFailures(strata, added),
        attributed: added,
    };
}

/** Adds them to the source with the most requests, because a source without the other version would be no comparison. */
function withCanaryFailures(strata: readonly Stratum[], failed: number): readonly Stratum[] {
    const sizes = strata.map(({ canary, stable }) => canary.requests + stable.requests);
    const largest = sizes.indexOf(Math.max(...sizes));
    return strata.map((stratum, index) =>
        index === largest
            ? { ...stratum, canary: addArms(stratum.canary, { requests: failed, failed }) }
            : stratum,
    );
}
