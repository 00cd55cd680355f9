// Decides which rates were sustained.
import type { Step } from "./loadPod";

/** Rates that rise by a fifth per step, so that the result is at most a fifth below the first rate that fails. */
export function ratesFrom(first: number, last: number): number[] {
    const rates: number[] = [];
    for (let rate = first; rate <= last; rate = Math.round((rate * 1.2) / 10) * 10)
        rates.push(rate);
    return rates;
}

/** Why a step was not sustained; undefined if it was. */
export function whyNotHeld(
    { rate, requests, failed, unsent, p99: found }: Step,
    { seconds, p99 }: { readonly seconds: number; readonly p99: number },
): string | undefined {
    if (failed > 0) return `${failed} of ${requests} requests failed`;
    const due = rate * seconds;
    const sent = `${requests} of ${due} requests were sent`;
    if (unsent > 0.01 * due) return sent;
    // Checked before the number of requests, because a slow step ends early.
    if (found !== undefined && found > p99) return `p99 ${found.toFixed(0)} ms, above ${p99} ms`;
    if (found === undefined || requests < 0.99 * due) return sent;
    return undefined;
}

/** The last step before the first that was not sustained; undefined if the first was not. */
export function highestHeld(
    steps: readonly Step[],
    limits: { readonly seconds: number; readonly p99: number },
): Step | undefined {
    const broken = steps.findIndex((step) => whyNotHeld(step, limits) !== undefined);
    return steps[(broken === -1 ? steps.length : broken) - 1];
}
