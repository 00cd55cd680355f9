/** Waits for readings that run in the background, but no longer than a sample may wait. */
import type { Clock } from "../ports";

/** @param patience milliseconds */
export async function waitForReadings(
    states: readonly { readonly reading?: Promise<void> }[],
    patience: number,
    clock: Pick<Clock, "sleep">,
    signal?: AbortSignal,
): Promise<void> {
    const pending = states.flatMap(({ reading }) => reading ?? []);
    if (pending.length === 0) return;
    const enough = new AbortController();
    const either = AbortSignal.any([enough.signal, ...(signal ? [signal] : [])]);
    await Promise.race([Promise.all(pending), clock.sleep(patience, either)]);
    enough.abort();
}
