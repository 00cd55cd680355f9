/** Alert rules of a rollout, as Prometheus reads them. */
import type { RolloutConfig } from "../../../rollout/config/rolloutConfig";
import { duration, ejectedPods, errorShare, requestRate } from "../../analysis/counts/queries";

export interface AlertOptions {
    /** Time that rates are taken over; at least two scrapes. */
    readonly window: string;
    /** How much larger the canary's share of failed requests may be than the stable's, 0–1. */
    readonly errorMargin: number;
    /** How many times the stable's p99 the canary's may be, beyond 10 ms. */
    readonly slowFactor: number;
    /** How long a weight from 1 to 99 may stay as it is. */
    readonly stuckAfter: string;
}

export const DEFAULT_ALERTS: AlertOptions = {
    window: "5m",
    errorMargin: 0.01,
    slowFactor: 1.5,
    stuckAfter: "6h",
};

/** Milliseconds: between fast versions a factor alone is noise. */
const SLOW_MARGIN = 10;

export interface AlertRule {
    readonly alert: string;
    readonly expr: string;
    readonly for: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<"summary" | "description", string>>;
}

export interface Alert extends AlertRule {
    /** What `expr` compares: each of these has a value while both versions get requests. */
    readonly measures: readonly string[];
}

/** The alerts of a rollout at its weight: another weight changes two numbers in them, and no rule. */
export function alertsOf(config: RolloutConfig, change: Partial<AlertOptions> = {}): Alert[] {
    const options = { ...DEFAULT_ALERTS, ...change };
    const { app, namespace, canary, weight } = config;
    const rollout = `${namespace}/${app}`;
    const alert = (severity: "critical" | "warning", more: Record<string, string> = {}) => ({
        labels: { severity, rollout, canary, ...more },
    });
    const { failing, slow, ejected, idle } = measures(config, options);
    // A new weight is another alert, and its time begins anew.
    const atWeight = { weight: String(weight) };
    return [
        {
            alert: "CanaryFailing",
            expr: `${failing.canary} > ${failing.bound}`,
            for: "1m",
            ...alert("critical"),
            annotations: {
                summary: `${rollout}: the canary ${canary} fails more requests than the stable`,
                description: `{{ $value | humanizePercentage }} of the canary's requests fail, more than ${percent(options.errorMargin)} above the stable's. Back: weight 0.`,
            },
            measures: [failing.canary, failing.bound],
        },
        {
            alert: "CanaryEjected",
            expr: `${ejected} > 0`,
            for: "0s",
            ...alert("critical"),
            annotations: {
                summary: `${rollout}: callers leave out pods of the canary ${canary}`,
                description:
                    "Outlier detection found a pod of the canary that fails one request after another. Look at its log; back: weight 0.",
            },
            measures: [ejected],
        },
        {
            alert: "CanaryWithoutTraffic",
            expr: `vector(${weight}) > 0 unless ${idle} > 0`,
            for: options.window,
            ...alert("warning", atWeight),
            annotations: {
                summary: `${rollout}: the canary ${canary} gets no requests at weight ${weight}`,
                description:
                    "Nobody calls it, callers have no sidecar, or nothing is scraped: this phase can tell nothing.",
            },
            measures: [idle],
        },
        {
            alert: "RolloutStuck",
            expr: `vector(${weight}) > 0 < 100`,
            for: options.stuckAfter,
            ...alert("warning", atWeight),
            annotations: {
                summary: `${rollout}: weight ${weight} for more than ${options.stuckAfter}`,
                description:
                    "Two versions at once are for a rollout, not for good: go on, or back.",
            },
            measures: [],
        },
        {
            alert: "CanarySlow",
            expr: `${slow.canary} > ${slow.bound}`,
            for: options.window,
            ...alert("warning"),
            annotations: {
                summary: `${rollout}: the canary ${canary} is slower than the stable`,
                description: `99 of 100 of the canary's requests take up to {{ $value | printf "%.0f" }} ms, more than ${options.slowFactor} times the stable's.`,
            },
            measures: [slow.canary, slow.bound],
        },
    ];
}

function measures(config: RolloutConfig, { window, errorMargin, slowFactor }: AlertOptions) {
    const { stable, canary } = config;
    const p99 = (slot: typeof stable) => duration(config, window, 0.99, slot);
    return {
        failing: {
            canary: errorShare(config, window, canary),
            // At weight 100 the stable has no requests: then it is the margin alone.
            bound: `((${errorShare(config, window, stable)}) or vector(0)) + ${errorMargin}`,
        },
        slow: { canary: p99(canary), bound: `${slowFactor} * ${p99(stable)} + ${SLOW_MARGIN}` },
        ejected: ejectedPods(config, canary),
        idle: requestRate(config, window, canary),
    };
}

/** A file for Prometheus' `rule_files`. */
export function alertRules(config: RolloutConfig, options: Partial<AlertOptions> = {}) {
    const rules = alertsOf(config, options).map(({ measures: _, ...rule }): AlertRule => rule);
    return { groups: [{ name: `${config.namespace}.${config.app}.rollout`, rules }] };
}

/** The same for the Prometheus Operator. */
export function prometheusRule(config: RolloutConfig, options: Partial<AlertOptions> = {}) {
    const { app, namespace } = config;
    return {
        apiVersion: "monitoring.coreos.com/v1" as const,
        kind: "PrometheusRule" as const,
        metadata: { name: `${app}-rollout`, namespace, labels: { app } },
        spec: alertRules(config, options),
    };
}

function percent(share: number): string {
    return `${Number((100 * share).toFixed(2))} %`;
}
