/** The driver's Metrics with those of other sources than Prometheus. */
import type { CustomMetric, SourceMetric } from "../../analysis/config/metricConfig";
import type { ProvidersConfig } from "../../analysis/config/providerConfig";
import type { Clock, Metrics } from "../ports";
import { datadogSource } from "./datadog";
import { type PolledRollout, pollSources, type Source } from "./poller";
import type { Read } from "./source";
import { webSource } from "./web";

/** Adds the values of all sources to each window. Their problems never make Prometheus' counts unusable. */
export function withSources<Inner extends Metrics>(
    inner: Inner,
    metrics: readonly CustomMetric[],
    providers: ProvidersConfig,
    rollout: PolledRollout,
    clock: Clock,
): Metrics {
    const sources = metrics
        .filter(isOther)
        .map((metric): Source => ({ metric, read: sourceOf(metric, providers, clock) }));
    if (sources.length === 0) return inner;
    const poll = pollSources(sources, rollout, clock);
    return {
        async fetch(seconds, signal) {
            const [fetched, custom] = await Promise.all([
                inner.fetch(seconds, signal),
                poll(signal),
            ]);
            if (!fetched.ok) return fetched;
            const { window } = fetched;
            return { ok: true, window: { ...window, custom: { ...window.custom, ...custom } } };
        },
    };
}

function isOther(metric: CustomMetric): metric is SourceMetric {
    return metric.provider !== undefined && metric.provider !== "prometheus";
}

function sourceOf(metric: SourceMetric, providers: ProvidersConfig, clock: Clock): Read {
    if (metric.provider === "web") {
        return webSource(metric, providers.web[metric.credentials ?? ""]);
    }
    const { datadog } = providers;
    // The config's relations have checked this.
    if (datadog === undefined) throw new Error("canary:providers.datadog: expected a value.");
    return datadogSource(metric, datadog, clock);
}
