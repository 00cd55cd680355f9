/** Rollouts without request metrics. */
import type { RolloutTarget } from "./rolloutTarget";

/** Why a rollout has no request metrics; undefined if it has them. */
export function unwatchableReason({
    mode,
    protocol,
}: Pick<RolloutTarget, "mode" | "protocol">): string | undefined {
    if (mode !== "istio") {
        return `mode: expected istio, because Istio's sidecars count the requests, got "${mode}".`;
    }
    if (protocol === "tcp") {
        return `protocol: expected http, http2 or grpc, because TCP has no requests to count, got "tcp".`;
    }
    return undefined;
}
