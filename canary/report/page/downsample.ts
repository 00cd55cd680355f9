/** Merges samples, so that a chart of a week is as readable as one of a minute. */

import type { SampleReport } from "../../analysis/report/rolloutReport";
import type { Counts } from "../../analysis/statistics/counts";
import { addCounts, NO_COUNTS } from "../../analysis/statistics/counts";

/** Consecutive samples at one weight: the sum of their counts, and the evidence of the last. */
export interface Span {
    /** Time of the previous sample, or the beginning of the phase. */
    readonly from: number;
    /** Seconds since the rollout's start, like all times here. */
    readonly to: number;
    readonly last: SampleReport;
    /** Undefined if no sample had counts. */
    readonly counts: Counts | undefined;
}

/**
 * At most about `most` spans, each of consecutive samples at one weight.
 * @param starts times when the weights were routed.
 */
export function downsample(
    samples: readonly SampleReport[],
    starts: readonly number[],
    most: number,
): Span[] {
    const size = Math.max(1, Math.ceil(samples.length / most));
    const spans: Span[] = [];
    let members = 0;
    for (const sample of samples) {
        const open = spans.at(-1);
        const added = sample.counts;
        if (open === undefined || open.last.weight !== sample.weight || members === size) {
            const phase = starts.filter((start) => start <= sample.second).at(-1) ?? 0;
            const from = Math.max(phase, open?.to ?? 0);
            spans.push({ from, to: sample.second, last: sample, counts: added });
            members = 1;
        } else {
            const counts = added ? addCounts(open.counts ?? NO_COUNTS, added) : open.counts;
            spans[spans.length - 1] = { ...open, to: sample.second, last: sample, counts };
            members += 1;
        }
    }
    return spans;
}
