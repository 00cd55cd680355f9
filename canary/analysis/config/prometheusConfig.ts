/** Config: the Prometheus server that the driver queries, and its credentials. */
import type { z } from "zod";
import { doc, duration, mapping } from "../../../rollout/config/fields";
import type { Problem } from "../../../rollout/config/problems";
import { CREDENTIAL_KEYS, credentialRelations } from "./credentialConfig";
import { url } from "./url";

export const prometheusSchema = mapping({
    url: doc(
        url().optional(),
        "URL of Prometheus or a compatible server, with its path prefix if it has one, such as `/prometheus` for Mimir.",
        "the environment variable `PROMETHEUS_URL`",
    ),
    staleAfter: doc(
        duration("1s", "1h").default("1m"),
        "Maximum age of the newest sample. If it is older, the driver treats the answer as no data.",
    ),
    timeout: doc(duration("1s", "5m").default("10s"), "Query timeout."),
    ...CREDENTIAL_KEYS,
});

export type PrometheusConfig = z.output<typeof prometheusSchema>;

export function prometheusRelations(config: PrometheusConfig | undefined): Problem[] {
    return config === undefined ? [] : credentialRelations(["prometheus"], config);
}
