// Polls a condition until it holds.
import { setTimeout as sleep } from "node:timers/promises";
import type { StepOptions } from "../steps/steps";
import { lastLines } from "./runCommand";

/**
 * Polls until `check` returns no reason to wait. If `check` throws, its message is the reason.
 * @throws Error with the last reason after `seconds`.
 */
export async function until(
    what: string,
    check: () => Promise<string | undefined>,
    seconds: number,
    { signal, onWait }: StepOptions,
): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
        signal.throwIfAborted();
        const reason = await check().catch((error: Error) => lastLines(error.message, 1));
        if (reason === undefined) {
            return;
        }
        if (Date.now() > deadline) {
            throw new Error(`${what} was not ready within ${seconds} s: ${reason}`);
        }
        onWait(reason);
        await sleep(200, undefined, { signal });
    }
}
