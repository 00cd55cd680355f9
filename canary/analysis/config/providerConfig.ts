/** Config: the servers of custom metrics, and their credentials. Apart from the metrics, because the record contains those. */
import { z } from "zod";
import { doc, integer, mapping, oneOf, text } from "../../../rollout/config/fields";
import { type Problem, wrongValue } from "../../../rollout/config/problems";
import type { Analysis } from "./analysis";
import { AWS_KEYS } from "./credentials/cloudConfig";
import { CREDENTIAL_KEYS, credentialRelations, pairProblems } from "./credentials/credentialConfig";
import { url } from "./url";

const datadogSchema = mapping({
    apiKey: doc(text(), "API key. Encrypt it."),
    applicationKey: doc(
        text(),
        "Application key with the permission `timeseries_query`. Encrypt it.",
    ),
    site: doc(text().default("datadoghq.com"), "Datadog site, such as `datadoghq.eu`."),
    url: doc(url().optional(), "URL of the API, for a proxy.", "`https://api.<site>`"),
}).optional();

const newRelicSchema = mapping({
    apiKey: doc(text(), "User API key. Encrypt it."),
    accountId: doc(integer(1, 2 ** 53 - 1), "Account to query."),
    region: doc(oneOf(["us", "eu"]).default("us"), "Region of the account."),
    url: doc(url().optional(), "URL of NerdGraph, for a proxy.", "that of `region`"),
}).optional();

const cloudWatchSchema = mapping({
    ...AWS_KEYS,
    region: doc(AWS_KEYS.region, "AWS region.", "`AWS_REGION`"),
    url: doc(
        url().optional(),
        "URL of the API, for a VPC endpoint.",
        "`https://monitoring.<region>.amazonaws.com`",
    ),
}).default({});

export const providersSchema = mapping({
    web: doc(
        z
            .record(z.string(), mapping(CREDENTIAL_KEYS), {
                error: "a mapping from names to credentials",
            })
            .default({}),
        "Credentials of `web` metrics, by the name that the metric's `credentials` has.",
    ),
    datadog: doc(datadogSchema, "Keys for `datadog` metrics."),
    newRelic: doc(newRelicSchema, "Keys for `newRelic` metrics."),
    cloudWatch: doc(
        cloudWatchSchema,
        "Credentials for `cloudWatch` metrics, with the right `cloudwatch:GetMetricData`.",
    ),
});

export type ProvidersConfig = z.output<typeof providersSchema>;

/** Relations between the keys of providers, and between metrics and their providers. */
export function providerRelations(
    providers: ProvidersConfig | undefined,
    analysis: Analysis | undefined,
): Problem[] {
    if (providers === undefined) return [];
    const own = Object.entries(providers.web).flatMap(([name, credentials]) =>
        credentialRelations(["providers", "web", name], credentials),
    );
    const used = (analysis?.metrics ?? []).flatMap((metric, index): Problem[] => {
        const path = ["analysis", "metrics", index];
        const { provider } = metric;
        if (provider === "datadog" || provider === "newRelic") {
            if (providers[provider] !== undefined) return [];
            const expected = `a value, because a metric has the provider \`${provider}\``;
            return [wrongValue(["providers", provider], expected, undefined)];
        }
        if (metric.provider !== "web" || metric.credentials === undefined) return [];
        const names = Object.keys(providers.web);
        if (names.includes(metric.credentials)) return [];
        const expected = `a name in \`canary:providers.web\` (${names.join(", ") || "it has none"})`;
        return [wrongValue([...path, "credentials"], expected, metric.credentials)];
    });
    const keys = ["providers", "cloudWatch"];
    const pair = pairProblems(keys, providers.cloudWatch, "accessKeyId", "secretAccessKey");
    return [...own, ...pair, ...used];
}
