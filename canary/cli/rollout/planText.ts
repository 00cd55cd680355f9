// `istio-canary plan`: the forecast as text.

import { judged } from "../../analysis/config/metricConfig";
import type { FaultForecast, Forecast, PhaseForecast } from "../../analysis/decision/forecast";
import type { Started } from "../../analysis/record/record";
import {
    alignColumns,
    countText,
    durationText,
    measureText,
    numberText,
    percentText,
    wrapText,
} from "../../analysis/text";

const BECAUSE: Record<PhaseForecast["because"], string> = {
    minDwell: "minDwell",
    warmUp: "warm-up",
    evidence: "evidence",
    maxDwell: "maxDwell, no evidence",
    bake: "bake",
    deadline: "too little traffic to pass",
};

/** Columns of a terminal. */
const WIDTH = 80;

/** Lines of at most 80 characters, unless a name is longer. */
export function planText(started: Started, plan: Forecast, notes: readonly string[]): string {
    const { app, namespace, images, stable, canary, analysis } = started;
    const image = (slot: typeof stable) => images[slot] ?? "no image";
    const shares = faultShares(plan);
    const lines = [
        `${namespace}/${app}: canary ${canary} (${image(canary)}), stable ${stable} (${image(stable)})`,
        `Traffic now: ${rateText(plan.rate)}; ${percentText(plan.stableShare)} of the stable's requests fail.`,
        "",
        ...alignColumns([
            ["Weight", "Canary requests", "Healthy canary", "Worst case"],
            ...plan.phases.map((phase) => row(phase, plan)),
        ]),
        "",
        "Worst case: failed requests if the canary fails every request from the start.",
        "",
        ...(shares.length === 0
            ? []
            : [
                  ...alignColumns([
                      ["Weight", ...shares.map((share) => `${percentText(share)} fail`)],
                      ...plan.phases.map((phase) => faultRow(phase, shares)),
                  ]),
                  "",
                  "If the canary fails this share of its requests: the expected time until the rollback / the failed requests until then.",
                  "",
              ]),
        plan.seconds === undefined
            ? "In total: unknown, because a phase has too little traffic to pass."
            : `In total: ${durationText(plan.seconds)} plus the updates, if the canary is healthy.`,
        `The probability of rolling back a canary that is no worse than the stable is at most ${percentText(falseRollback(started))}.`,
        budgetText(started, plan),
        latencyText(started),
        "",
        "Without data:",
        `  no requests at all          hold; after ${analysis.deadline} in a phase: ${analysis.onDeadline}`,
        `  no requests to the canary   roll back after ${analysis.maxDwell}, unless that is chance`,
        `  Prometheus does not answer  hold; after ${analysis.blindLimit}: ${analysis.onBlind}`,
        `  no evidence by ${analysis.maxTotal.padEnd(12)} before the bake: ${analysis.onInconclusive}`,
        ...notes.map((note) => `Note: ${note}`),
    ];
    return `${lines.flatMap(folded).join("\n")}\n`;
}

/** Columns are aligned by spaces, so only prose is wrapped. */
function folded(line: string): string[] {
    return line.length <= WIDTH ? [line] : wrapText(line, WIDTH);
}

/** Of all tests together, each of which has its own bound. Gauges have none. */
function falseRollback({ analysis, bounds }: Started): number {
    const { clientErrors, latency, objective, exposureBudget, bake } = analysis;
    const counters = analysis.metrics.flatMap((metric) => {
        const { kind, falseRollback: bound } = judged(metric);
        return kind === "counter" && !metric.dryRun ? [bound] : [];
    });
    return [
        analysis.falseRollback,
        ...(clientErrors.enabled ? [clientErrors.falseRollback] : []),
        ...(latency.enabled && bounds.length > 0 ? [latency.falseRollback] : []),
        ...(objective.errorShare === undefined ? [] : [analysis.falseRollback]),
        // It goes back at odds of 20 to 1 once the budget is spent.
        ...(exposureBudget === undefined ? [] : [1 / 20]),
        ...(bake === "0s" ? [] : [analysis.falseRollback]),
        ...counters,
    ].reduce((sum, one) => sum + one, 0);
}

function rateText(perSecond: number): string {
    return perSecond === 0 ? "none" : `${measureText(perSecond)} requests per second`;
}

function faultShares(plan: Forecast): readonly number[] {
    return [...new Set(plan.phases.flatMap(({ faults }) => faults.map(({ share }) => share)))];
}

function row(phase: PhaseForecast, plan: Forecast): string[] {
    const { weight, probe, perMinute, seconds, because, worst } = phase;
    const why = BECAUSE[because];
    return [
        `${weight} %${probe ? " (probe)" : ""}`,
        `${numberText(perMinute)} per minute`,
        seconds === undefined ? why : `${durationText(seconds)} (${why})`,
        plan.rate === 0 ? "unknown" : `${numberText(worst)} failed`,
    ];
}

function faultRow({ weight, faults }: PhaseForecast, shares: readonly number[]): string[] {
    const cells = shares.map((share) => faultText(faults.find((one) => one.share === share)));
    return [`${weight} %`, ...cells];
}

function faultText(forecast: FaultForecast | undefined): string {
    if (forecast?.detected === undefined) return "–";
    const { seconds, failed } = forecast.detected;
    return `${durationText(seconds)} / ${numberText(failed)}`;
}

function budgetText({ analysis }: Started, plan: Forecast): string {
    const { exposureBudget } = analysis;
    if (exposureBudget === undefined) {
        return `No exposure budget is set (\`canary:analysis.exposureBudget\`): ${plan.rate === 0 ? "without traffic, the worst case is unknown" : `in the worst case ${countText(plan.worst, "request")} fail`}.`;
    }
    return `Exposure budget: ${countText(exposureBudget, "failed request")}; when it is spent, the driver rolls back.`;
}

function latencyText({ analysis, bounds }: Started): string {
    if (!analysis.latency.enabled) {
        return "Latency is not judged (`canary:analysis.latency.enabled`).";
    }
    if (bounds.length === 0) return "Latency is not judged: the stable has no histogram yet.";
    return `Latency: requests slower than ${bounds.join(", ")} ms, at most ${analysis.latency.ratio} times the stable's share.`;
}
