// Outcomes of many rollouts of a row, their summary, and the limits of the row.
import { ERROR, type Outcome } from "./drive";
import type { Limit } from "./row";

export interface Summary {
    readonly repetitions: number;
    /** Shares, 0–1. */
    readonly back: number;
    readonly promoted: number;
    readonly held: number;
    /** Median seconds until the rollback or, if more were promoted, until the promotion; NaN if neither. */
    readonly seconds: number;
    /** Mean of the canary's failed requests beyond the stable's share. */
    readonly failed: number;
    /** The first error that the analysis threw. */
    readonly error?: string;
    /** The reason of one rollback or, without any, of one rollout. */
    readonly reason: string;
}

export function summaryOf(outcomes: readonly Outcome[]): Summary {
    const of = (end: Outcome["end"]) => outcomes.filter((one) => one.end === end);
    const [back, promoted, held] = [of("rolledBack"), of("promoted"), of("held")];
    const timed = back.length >= promoted.length ? back : promoted;
    return {
        repetitions: outcomes.length,
        back: back.length / outcomes.length,
        promoted: promoted.length / outcomes.length,
        held: held.length / outcomes.length,
        seconds: median(timed.map(({ seconds }) => seconds)),
        failed: outcomes.reduce((sum, { failed }) => sum + failed, 0) / outcomes.length,
        error: outcomes.find(({ reason }) => reason.startsWith(ERROR))?.reason,
        reason: (back.length > 0 ? back : outcomes)[0]?.reason ?? "",
    };
}

/** @returns what is above the limit, one text each */
export function excessOf(
    limit: Limit,
    before: Summary,
    after: Summary,
    summaryOfRow: (name: string) => Summary | undefined,
): string[] {
    const {
        backAtMost,
        backAtLeast,
        promotedAtLeast,
        seconds,
        failed,
        secondsOf,
        failedOf,
        noWorse,
    } = limit;
    const found: string[] = [];
    const check = (isWrong: boolean, text: string) => {
        if (isWrong) found.push(text);
    };
    check(after.error !== undefined, `${after.error}`);
    check(backAtMost !== undefined && after.back > backAtMost, "rolled back");
    check(backAtLeast !== undefined && after.back < backAtLeast, "not rolled back");
    check(promotedAtLeast !== undefined && after.promoted < promotedAtLeast, "not promoted");
    check(seconds !== undefined && !(after.seconds <= seconds), "seconds");
    check(failed !== undefined && after.failed > failed, "failed requests");
    if (secondsOf !== undefined) {
        const other = summaryOfRow(secondsOf.row)?.seconds ?? Number.NaN;
        check(after.seconds > secondsOf.factor * other, "seconds");
    }
    if (failedOf !== undefined) {
        const other = summaryOfRow(failedOf.row)?.failed ?? Number.NaN;
        check(after.failed > failedOf.factor * other, "failed requests");
    }
    if (noWorse) {
        // Two standard errors of a share of 200 rollouts near one half are 7 %; near 0 and 1 they are less.
        const chance =
            2 * Math.sqrt(((before.back * (1 - before.back) + 0.005) * 2) / after.repetitions);
        check(after.back < before.back - chance, "rolled back less often");
        check(after.failed > 1.1 * before.failed + 1, "more failed requests");
    }
    return found;
}

function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
