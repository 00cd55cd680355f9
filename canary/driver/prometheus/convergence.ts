/** Waits until the data plane has a weight, so that a phase's clock does not start before. */
import { type Routed, type Routing, routed } from "../../analysis/counts/propagation";
import type { Clock, Convergence } from "../ports";
import type { RoutingMetrics } from "./prometheus";

/** Milliseconds. */
const LONGEST = 60_000;
/** Where nothing can be seen: istiod gathers changes for at most 10 s (PILOT_DEBOUNCE_MAX), and then pushes at once. */
const BLIND = 12_000;
const BETWEEN_LOOKS = 1_000;
/** Seconds before the write that are looked at as well, for the split that was. */
const BEFORE = 30;

export function convergence(
    metrics: RoutingMetrics,
    clock: Clock,
    slots: Pick<Routing, "canary" | "stable">,
): Convergence {
    const look = async (routing: Routing, signal?: AbortSignal): Promise<Routed> => {
        const seconds = (clock.now() - routing.since) / 1_000 + BEFORE;
        const seen = await metrics.routing(seconds, signal);
        if (!seen.ok) return { answer: "cannotTell", how: seen.reason };
        return routed(seen.requests, seen.pushes, routing);
    };
    return {
        async routed(weight, since, signal) {
            let last = "nothing was seen";
            for (;;) {
                const left = since + LONGEST - clock.now();
                const patience = AbortSignal.timeout(Math.max(0, left));
                const either = signal ? AbortSignal.any([signal, patience]) : patience;
                const { answer, how } = await look({ ...slots, weight, since }, either);
                const waited = clock.now() - since;
                const seconds = waited / 1_000;
                if (answer === "yes") return { seconds, how };
                if (answer === "notYet") last = how;
                if (signal?.aborted) return { seconds, how: `not waited for: ${last}` };
                if (waited >= LONGEST) {
                    return { seconds, how: `not seen within ${LONGEST / 1_000} s: ${last}` };
                }
                if (answer === "cannotTell" && waited >= BLIND) {
                    return { seconds, how: `waited ${BLIND / 1_000} s, for ${how}` };
                }
                await clock.sleep(BETWEEN_LOOKS, signal);
            }
        },
    };
}
