/** Config: what the driver reads from the proxies themselves, between two scrapes of Prometheus. */
import { boolean, doc, integer, mapping, number } from "../../../rollout/config/fields";

export const proxiesSchema = mapping({
    enabled: doc(
        boolean().default(true),
        "Whether to read the counters of the callers' proxies and of the app's own proxies every second while the canary has weight. The driver rolls back on overwhelming evidence in them; it never advances on them.",
    ),
    pods: doc(
        integer(1, 50).default(4),
        "Maximum number of callers' pods, and of pods of each version, that the driver reads.",
    ),
    parallel: doc(integer(1, 50).default(4), "Maximum number of reads at a time."),
    maxBytes: doc(
        integer(1_000, 50_000_000).default(1_000_000),
        "Maximum size of a proxy's response, bytes. The driver does not use a larger response.",
    ),
    odds: doc(
        number(1_000, 1e12).default(1e6),
        "Odds, to 1, that the canary fails more than the stable by more than `margin`, at which the driver rolls back.",
    ),
});
