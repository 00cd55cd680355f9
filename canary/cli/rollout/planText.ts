/** `istio-canary plan`: what a rollout would take, as people read it. */

import type { FaultForecast, Forecast, PhaseForecast } from "../../analysis/decision/forecast";
import type { Started } from "../../analysis/record/record";
import { percent, span } from "../../analysis/text";

const WHY: Record<PhaseForecast["because"], string> = {
    minDwell: "minDwell",
    evidence: "until the evidence is there",
    maxDwell: "maxDwell, without evidence either way",
    bake: "bake",
    deadline: "does not pass at this traffic",
};

/** Lines of at most 110 characters. */
export function planText(about: Started, plan: Forecast, notes: readonly string[]): string {
    const { app, namespace, images, stable, canary, analysis } = about;
    const lines = [
        `${namespace}/${app}: ${canary} (${images[canary] ?? "nothing"}) beside ${stable} (${images[stable] ?? "nothing"})`,
        `Traffic now: ${rate(plan.rate)}; ${percent(plan.stableShare)} of the stable's fail.`,
        "",
        ...table([
            [
                "weight",
                "to the canary",
                "healthy, it takes",
                "at worst",
                ...faults(plan).map(heading),
            ],
            ...plan.phases.map((phase) => row(phase, plan)),
        ]),
        "",
        `"At worst": failed requests if everything failed from the first one on. The others: seconds until a canary that`,
        "fails so many of its requests is taken back, and how many failed until then, as expected.",
        "",
        plan.seconds === undefined
            ? "As a whole: a phase does not pass by itself at this traffic."
            : `As a whole: ${span(1_000 * plan.seconds)} and the updates, if the canary is healthy.`,
        `A canary that is no worse is taken back with a probability of at most ${percent(
            analysis.falseRollback + (about.bounds.length > 0 ? analysis.latency.falseRollback : 0),
        )}.`,
        budget(about, plan),
        latency(about),
        "",
        "Without data:",
        `  no requests at all          it holds, and goes back when a phase is ${analysis.deadline} old`,
        `  none to the canary          it goes back after ${analysis.maxDwell}`,
        `  Prometheus away             it holds; after ${analysis.blindLimit}: ${analysis.onBlind}`,
        `  no evidence by ${analysis.maxTotal.padEnd(12)} before 100 %: ${analysis.onInconclusive}`,
        ...notes.map((note) => `Note: ${note}`),
    ];
    return `${lines.filter((line) => line !== undefined).join("\n")}\n`;
}

function rate(perSecond: number): string {
    return perSecond === 0 ? "none" : `${Number(perSecond.toPrecision(3))} requests per second`;
}

function faults(plan: Forecast): readonly number[] {
    return [...new Set(plan.phases.flatMap(({ faults: all }) => all.map(({ share }) => share)))];
}

function heading(share: number): string {
    return `fails ${percent(share)}`;
}

function row(phase: PhaseForecast, plan: Forecast): string[] {
    const { weight, probe, perMinute, seconds, because, worst } = phase;
    const time =
        seconds === undefined ? WHY[because] : `${span(1_000 * seconds)} (${WHY[because]})`;
    return [
        `${weight} %${probe ? " (probe)" : ""}`,
        `${Math.round(perMinute)} a minute`,
        time,
        `${worst} failed`,
        ...faults(plan).map((share) => fault(phase.faults.find((one) => one.share === share))),
    ];
}

function fault(forecast: FaultForecast | undefined): string {
    if (forecast?.seen === undefined) return "–";
    return `${Math.round(forecast.seen.seconds)} s, ${forecast.seen.failed} failed`;
}

function budget({ analysis }: Started, plan: Forecast): string {
    if (analysis.exposureBudget === undefined) {
        return `No exposure budget is set (canary:analysis.exposureBudget): at worst ${plan.worst} requests fail.`;
    }
    return `Exposure budget: ${analysis.exposureBudget} failed requests; when it is spent the canary goes back.`;
}

function latency({ analysis, bounds }: Started): string {
    if (!analysis.latency.enabled)
        return "Latency is not judged (canary:analysis.latency.enabled).";
    if (bounds.length === 0) return "Latency is not judged: the stable has no histogram yet.";
    return `Latency: requests above ${bounds.join(", ")} ms, ${analysis.latency.ratio} times the stable's share of them.`;
}

/** Columns as wide as what is in them. */
function table(rows: readonly (readonly string[])[]): string[] {
    const widths = (rows[0] ?? []).map((_, column) =>
        Math.max(...rows.map((cells) => (cells[column] ?? "").length)),
    );
    return rows.map((cells) =>
        cells
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join("  ")
            .trimEnd(),
    );
}
