// Which rates were held.
import type { Step } from "./loadPod";

/** Steps that rise by a fifth: the rate that is found is at most so much below the one that breaks. */
export function ratesFrom(first: number, last: number): number[] {
    const rates: number[] = [];
    for (let rate = first; rate <= last; rate = Math.round((rate * 1.2) / 10) * 10)
        rates.push(rate);
    return rates;
}

/** Why a step does not count as held; undefined when it does. */
export function whyNotHeld(
    { rate, requests, failed, unsent, p99: found }: Step,
    { seconds, p99 }: { readonly seconds: number; readonly p99: number },
): string | undefined {
    if (failed > 0) return `${failed} of ${requests} requests failed`;
    const due = rate * seconds;
    const sent = `${requests} of ${due} requests were sent`;
    if (unsent > 0.01 * due) return sent;
    // Before what was sent: a step that is slow is ended early.
    if (found !== undefined && found > p99) return `p99 ${found.toFixed(0)} ms, above ${p99} ms`;
    if (found === undefined || requests < 0.99 * due) return sent;
    return undefined;
}

/** The last of the steps that were held one after the other from the first; undefined when the first was not. */
export function highestHeld(
    steps: readonly Step[],
    limits: { readonly seconds: number; readonly p99: number },
): Step | undefined {
    const broken = steps.findIndex((step) => whyNotHeld(step, limits) !== undefined);
    return steps[(broken === -1 ? steps.length : broken) - 1];
}
