/** Prometheus alert rules for a rollout. */
import type { RolloutTarget } from "../../analysis/config/rolloutTarget";
import {
    ejectedPods,
    errorShare,
    latencyQuantile,
    type RolloutMetrics,
    requestRate,
    selectionOf,
} from "../../analysis/counts/queries";

/** What the rules need to know about a rollout. */
export type AlertTarget = Pick<RolloutTarget, keyof RolloutMetrics | "stable" | "canary">;

export interface AlertOptions {
    /** Window of the rates. Must span at least two scrapes. */
    readonly window: string;
    /** How much higher than the stable's the canary's share of failed requests may be, 0–1. */
    readonly errorMargin: number;
    /** Maximum p99 of the canary as a multiple of the stable's, plus 10 ms. */
    readonly slowFactor: number;
    /** Maximum time in which both versions get requests. */
    readonly stuckAfter: string;
}

export const DEFAULT_ALERTS: AlertOptions = {
    window: "5m",
    errorMargin: 0.01,
    slowFactor: 1.5,
    stuckAfter: "6h",
};

/** Milliseconds. Between fast versions, a factor alone would alert on noise. */
const SLOW_MARGIN = 10;

export interface AlertRule {
    readonly alert: string;
    readonly expr: string;
    readonly for: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<"summary" | "description", string>>;
}

export interface Alert extends AlertRule {
    /** The expressions that `expr` compares. Each has a value while both versions get requests. */
    readonly measures: readonly string[];
}

/** The alerts of a rollout: the same at every weight. */
export function alertsOf(target: AlertTarget, change: Partial<AlertOptions> = {}): Alert[] {
    const options = { ...DEFAULT_ALERTS, ...change };
    const { app, namespace, canary } = target;
    const rollout = `${namespace}/${app}`;
    const alert = (severity: "critical" | "warning") => ({
        labels: { severity, rollout, canary },
    });
    const { failing, slow, ejected, weight, requests } = measures(target, options);
    return [
        {
            alert: "CanaryFailing",
            expr: `${failing.canary} > ${failing.bound}`,
            for: "1m",
            ...alert("critical"),
            annotations: {
                summary: `${rollout}: the canary ${canary} fails more requests than the stable`,
                description: `{{ $value | humanizePercentage }} of the canary's requests fail, more than ${marginText(options.errorMargin)} above the stable's. To roll back, set the weight to 0.`,
            },
            measures: [failing.canary, failing.bound],
        },
        {
            alert: "CanaryEjected",
            expr: `${ejected} > 0`,
            for: "0s",
            ...alert("critical"),
            annotations: {
                summary: `${rollout}: callers have ejected pods of the canary ${canary}`,
                description:
                    "Outlier detection ejected a pod of the canary because its requests keep failing. Check the pod's log. To roll back, set the weight to 0.",
            },
            measures: [ejected],
        },
        {
            alert: "CanaryWithoutTraffic",
            expr: `${weight} > 0 unless ${requests.canary} > 0`,
            for: options.window,
            ...alert("warning"),
            annotations: {
                summary: `${rollout}: the canary ${canary} gets no requests at weight {{ $value }}`,
                description:
                    "There are no calls, the callers have no sidecars, or Prometheus does not scrape them. The phase gives no evidence.",
            },
            measures: [weight, requests.canary],
        },
        {
            alert: "RolloutStuck",
            expr: `${requests.canary} > 0 and ${requests.stable} > 0`,
            for: options.stuckAfter,
            ...alert("warning"),
            annotations: {
                summary: `${rollout}: both versions have got requests for more than ${options.stuckAfter}`,
                description:
                    "That should last only as long as a rollout. Continue the rollout or roll back.",
            },
            measures: [requests.canary, requests.stable],
        },
        {
            alert: "CanarySlow",
            expr: `${slow.canary} > ${slow.bound}`,
            for: options.window,
            ...alert("warning"),
            annotations: {
                summary: `${rollout}: the canary ${canary} is slower than the stable`,
                description: `The p99 of the canary's requests is {{ $value | printf "%.0f" }} ms, more than ${options.slowFactor} times the stable's plus ${SLOW_MARGIN} ms.`,
            },
            measures: [slow.canary, slow.bound],
        },
    ];
}

function measures(target: AlertTarget, { window, errorMargin, slowFactor }: AlertOptions) {
    const { app, namespace, stable, canary } = target;
    const selection = selectionOf(target);
    const p99 = (slot: typeof stable) => latencyQuantile(selection, window, 0.99, slot);
    return {
        failing: {
            canary: errorShare(selection, window, canary),
            // At weight 100 the stable gets no requests, so the bound is the margin alone.
            bound: `((${errorShare(selection, window, stable)}) or vector(0)) + ${errorMargin}`,
        },
        slow: { canary: p99(canary), bound: `${slowFactor} * ${p99(stable)} + ${SLOW_MARGIN}` },
        ejected: ejectedPods(selection, canary),
        // The driver's own metric: no other says which weight there should be.
        weight: `max(canary_rollout_weight{namespace="${namespace}",app="${app}"})`,
        requests: {
            canary: requestRate(selection, window, canary),
            stable: requestRate(selection, window, stable),
        },
    };
}

/** The content of a file for Prometheus' `rule_files`. */
export function alertRules(target: AlertTarget, options: Partial<AlertOptions> = {}) {
    const rules = alertsOf(target, options).map(({ measures: _, ...rule }): AlertRule => rule);
    return { groups: [{ name: `${target.namespace}.${target.app}.rollout`, rules }] };
}

/** The same rules as a manifest for the Prometheus Operator. */
export function prometheusRule(target: AlertTarget, options: Partial<AlertOptions> = {}) {
    const { app, namespace } = target;
    return {
        apiVersion: "monitoring.coreos.com/v1" as const,
        kind: "PrometheusRule" as const,
        metadata: { name: `${app}-rollout`, namespace, labels: { app } },
        spec: alertRules(target, options),
    };
}

function marginText(share: number): string {
    return `${Number((100 * share).toFixed(2))} %`;
}
