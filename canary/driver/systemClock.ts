/** The machine's own clock. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "./ports";

export const systemClock: Clock = {
    now: () => Date.now(),
    elapsed: () => performance.now(),
    async sleep(milliseconds, signal) {
        try {
            await sleep(milliseconds, undefined, { signal });
        } catch (error) {
            if (!signal?.aborted) throw error;
        }
    },
};
