/** Looks put together, so that a chart of a week is as readable as one of a minute. */
import { addCounts, NO_COUNTS } from "../../analysis/counts/sums";
import type { LookReport } from "../../analysis/report/rolloutReport";
import type { Counts } from "../../analysis/statistics/counts";

/** Looks of one weight in a row: their counts together, the evidence of the last. */
export interface Span {
    /** When the look before them was, or their phase began. */
    readonly from: number;
    /** Since the rollout's start, as all seconds here. */
    readonly to: number;
    readonly last: LookReport;
    /** Undefined where none of them had any. */
    readonly counts: Counts | undefined;
}

/**
 * At most about `most` spans, each of whole looks and of one weight.
 * @param starts when each weight was routed.
 */
export function thinned(
    looks: readonly LookReport[],
    starts: readonly number[],
    most: number,
): Span[] {
    const size = Math.max(1, Math.ceil(looks.length / most));
    const spans: Span[] = [];
    let members = 0;
    for (const look of looks) {
        const open = spans.at(-1);
        const seen = look.counts;
        if (open === undefined || open.last.weight !== look.weight || members === size) {
            const phase = starts.filter((start) => start <= look.second).at(-1) ?? 0;
            const from = Math.max(phase, open?.to ?? 0);
            spans.push({ from, to: look.second, last: look, counts: seen });
            members = 1;
        } else {
            const counts = seen ? addCounts(open.counts ?? NO_COUNTS, seen) : open.counts;
            spans[spans.length - 1] = { ...open, to: look.second, last: look, counts };
            members += 1;
        }
    }
    return spans;
}
