/** Waits until the callers' sidecars use a new weight, because only then does a phase's clock start. */
import {
    type PropagationState,
    propagation,
    type WrittenWeight,
} from "../../analysis/counts/propagation";
import type { Clock, Propagation } from "../ports";
import type { RoutingMetrics } from "./prometheus";

const LONGEST_MS = 60_000;
/** Wait if metrics show nothing: istiod collects changes for at most 10 s (PILOT_DEBOUNCE_MAX), then pushes at once. */
const UNSEEN_MS = 12_000;
const POLL_MS = 1_000;
/** Seconds before the write to query too, for the previous split. */
const BEFORE_SECONDS = 30;

export function propagationWait(
    metrics: RoutingMetrics,
    clock: Clock,
    slots: Pick<WrittenWeight, "canary" | "stable">,
): Propagation {
    const poll = async (written: WrittenWeight, signal: AbortSignal): Promise<PropagationState> => {
        const seconds = (clock.now() - written.since) / 1_000 + BEFORE_SECONDS;
        const found = await metrics.routing(seconds, signal);
        if (!found.ok) return { state: "unknown", evidence: found.reason };
        return propagation(found.requests, found.pushes, written);
    };
    return {
        async wait(weight, since, signal) {
            let last = "no metrics yet";
            const before = Math.min(Math.max(0, clock.now() - since), LONGEST_MS);
            const began = clock.elapsed();
            const waited = () => before + clock.elapsed() - began;
            for (;;) {
                const left = LONGEST_MS - waited();
                const timeout = AbortSignal.timeout(Math.max(0, Math.ceil(left)));
                const either = signal ? AbortSignal.any([signal, timeout]) : timeout;
                const { state, evidence } = await poll({ ...slots, weight, since }, either);
                const elapsed = waited();
                const seconds = elapsed / 1_000;
                if (state === "done") return { seconds, evidence };
                if (state === "pending") last = evidence;
                if (signal?.aborted) return { seconds, evidence: `interrupted: ${last}` };
                if (elapsed >= LONGEST_MS) {
                    const limit = LONGEST_MS / 1_000;
                    return { seconds, evidence: `not confirmed within ${limit} s: ${last}` };
                }
                if (state === "unknown" && elapsed >= UNSEEN_MS) {
                    return { seconds, evidence: `waited ${UNSEEN_MS / 1_000} s: ${evidence}` };
                }
                await clock.sleep(POLL_MS, signal);
            }
        },
    };
}
