/** `datadog` metrics: https://docs.datadoghq.com/api/latest/metrics/query-timeseries-points/ */
import { z } from "zod";
import { parseDuration } from "../../../rollout/config/duration";
import type { MetricOf } from "../../analysis/config/metricConfig";
import type { ProvidersConfig } from "../../analysis/config/providerConfig";
import { oneLine } from "../../analysis/text";
import type { Clock } from "../ports";
import { callJson, redact } from "./callJson";
import { fill } from "./placeholders";
import { meanReading, type Read } from "./source";

const answer = z.object({
    status: z.string().optional(),
    error: z.string().optional(),
    /** Points without a value have null. */
    series: z
        .array(z.object({ pointlist: z.array(z.tuple([z.number(), z.number().nullable()])) }))
        .default([]),
});

type Config = NonNullable<ProvidersConfig["datadog"]>;

export function datadogSource(
    metric: MetricOf<"datadog">,
    { apiKey, applicationKey, site, url }: Config,
    clock: Pick<Clock, "now">,
): Read {
    const secrets = [apiKey, applicationKey];
    return async (place, signal) => {
        const to = Math.floor(clock.now() / 1_000);
        const from = to - Math.ceil((parseDuration(metric.window) ?? 0) / 1_000);
        const asked = new URL("/api/v1/query", url ?? `https://api.${site}`);
        asked.search = new URLSearchParams({
            query: fill(metric.query, place),
            from: String(from),
            to: String(to),
        }).toString();
        const called = await callJson({
            url: asked,
            method: "GET",
            headers: { "dd-api-key": apiKey, "dd-application-key": applicationKey },
            timeout: parseDuration(metric.timeout) ?? 0,
            signal,
            keys: "`canary:providers.datadog.apiKey`, `applicationKey` and `site`",
            secrets,
        });
        if (!called.ok) return called;
        const read = answer.safeParse(called.json);
        if (!read.success) return { problem: "Datadog: not an answer to a query" };
        const { status, error, series } = read.data;
        if (status === "error" || error) {
            return { problem: redact(`Datadog: ${oneLine(error ?? "an error", 300)}`, secrets) };
        }
        if (series.length > 1) {
            const fix = "Aggregate it, such as with sum:…{…}";
            return { problem: `Datadog: expected one series, got ${series.length}. ${fix}` };
        }
        const points = (series[0]?.pointlist ?? []).flatMap(([, value]) => value ?? []);
        // The newest interval is often incomplete.
        return meanReading(points);
    };
}
