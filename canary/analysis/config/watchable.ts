/** Which rollouts have no metrics of requests. */
import type { RolloutConfig } from "../../../rollout/config/rolloutConfig";

/** Why neither dashboard nor alerts can be made of a config, as a sentence; undefined when they can. */
export function unwatchable({
    mode,
    protocol,
}: Pick<RolloutConfig, "mode" | "protocol">): string | undefined {
    if (mode !== "istio") {
        return `mode: must be istio for a dashboard or alerts, which read what sidecars count; found "${mode}".`;
    }
    if (protocol === "tcp") {
        return `protocol: must be http, http2 or grpc for a dashboard or alerts, which read counts of requests; found "tcp".`;
    }
    return undefined;
}
