/** The driver's Metrics with those of other sources than Prometheus. */
import type { CustomMetric, SourceMetric } from "../../analysis/config/metricConfig";
import type { ProvidersConfig } from "../../analysis/config/providerConfig";
import type { Clock, Metrics } from "../ports";
import { cloudWatchSource } from "./cloudWatch";
import { datadogSource } from "./datadog";
import { newRelicSource } from "./newRelic";
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
    switch (metric.provider) {
        case "web":
            return webSource(metric, providers.web[metric.credentials ?? ""]);
        case "datadog":
            return datadogSource(metric, configured(providers, "datadog"), clock);
        case "newRelic":
            return newRelicSource(metric, configured(providers, "newRelic"), clock);
        case "cloudWatch":
            return cloudWatchSource(metric, providers.cloudWatch, clock);
    }
}

function configured<Name extends "datadog" | "newRelic">(providers: ProvidersConfig, name: Name) {
    const config = providers[name];
    // The config's relations have checked this.
    if (config === undefined) throw new Error(`canary:providers.${name}: expected a value.`);
    return config;
}
