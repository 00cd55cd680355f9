/** Config: the Prometheus server that the driver queries, and its credentials. */
import type { z } from "zod";
import { doc, duration, mapping } from "../../../rollout/config/fields";
import type { Problem } from "../../../rollout/config/problems";
import { type AwsConfig, googleSchema, sigv4Schema } from "./credentials/cloudConfig";
import { CREDENTIAL_KEYS, credentialRelations, pairProblems } from "./credentials/credentialConfig";
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
    sigv4: doc(
        sigv4Schema,
        "Signs queries for AWS, for Amazon Managed Service for Prometheus. `{}` uses the region of the URL and AWS' default credentials.",
    ),
    google: doc(
        googleSchema,
        "Authenticates to Google Cloud, for Managed Service for Prometheus. `{}` uses Application Default Credentials.",
    ),
});

export type PrometheusConfig = z.output<typeof prometheusSchema>;

export function prometheusRelations(config: PrometheusConfig | undefined): Problem[] {
    if (config === undefined) return [];
    return [
        ...credentialRelations(["prometheus"], config, ["sigv4", "google"]),
        ...pairProblems(
            ["prometheus", "sigv4"],
            config.sigv4 ?? ({} as AwsConfig),
            "accessKeyId",
            "secretAccessKey",
        ),
    ];
}
