/** The driver's Metrics with those of other sources than Prometheus. */
import type { CustomMetric, SourceMetric } from "../../analysis/config/metricConfig";
import type { JobMetric } from "../../analysis/config/metrics/jobMetric";
import type { ProvidersConfig } from "../../analysis/config/providerConfig";
import type { Window } from "../../analysis/counts/observation";
import { pollJobs } from "../jobs/jobPoller";
import type { JobRunner } from "../jobs/jobRunner";
import type { Clock, Metrics, SampledPhase } from "../ports";
import { cloudWatchSource } from "./cloudWatch";
import { datadogSource } from "./datadog";
import { newRelicSource } from "./newRelic";
import { type PolledRollout, pollSources, type Source } from "./poller";
import type { Read } from "./source";
import { webSource } from "./web";

/** The values of some metrics, which never take longer than a sample may wait. */
type Poll = (signal?: AbortSignal, phase?: SampledPhase) => Promise<Window["custom"]>;

/** Adds the values of all sources to each window. Their problems never make Prometheus' counts unusable. */
export function withSources<Inner extends Metrics>(
    inner: Inner,
    metrics: readonly CustomMetric[],
    { providers, jobs, rollout, clock }: SourceOptions,
): Metrics {
    const sources = metrics
        .filter(isOther)
        .map((metric): Source => ({ metric, read: sourceOf(metric, providers, clock) }));
    const jobMetrics = metrics.filter(isJob);
    const polls: Poll[] = [
        ...(sources.length > 0 ? [pollSources(sources, rollout, clock)] : []),
        ...(jobMetrics.length > 0 ? [pollJobs(jobMetrics, rollout, jobs, clock)] : []),
    ];
    if (polls.length === 0) return inner;
    return {
        async fetch(seconds, signal, phase) {
            const [fetched, ...values] = await Promise.all([
                inner.fetch(seconds, signal, phase),
                ...polls.map((poll) => poll(signal, phase)),
            ]);
            if (!fetched.ok) return fetched;
            const { window } = fetched;
            const custom = Object.assign({}, window.custom, ...values);
            return { ok: true, window: { ...window, custom } };
        },
    };
}

export interface SourceOptions {
    readonly providers: ProvidersConfig;
    readonly jobs: Pick<JobRunner, "look">;
    readonly rollout: PolledRollout;
    readonly clock: Clock;
}

export function isJob(metric: CustomMetric): metric is JobMetric {
    return metric.provider === "job";
}

function isOther(metric: CustomMetric): metric is SourceMetric {
    return metric.provider !== undefined && metric.provider !== "prometheus" && !isJob(metric);
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
