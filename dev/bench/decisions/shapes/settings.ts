// Measures the stable version before a rollout, as canary/driver/loop/preflight.ts does.
import type { Cursors, Window } from "../../../../canary/analysis/counts/observation";
import type { RolloutSettings } from "../../../../canary/analysis/decision/rolloutSettings";
import { CANARY, STABLE } from "./model/shape";
import type { AnalysisCode } from "./revision";
import { LADDER, type Row, SETTINGS } from "./row";

const NO_CURSORS: Cursors = { requests: {}, durations: {}, received: {}, custom: {} };

export interface Measured {
    readonly settings: RolloutSettings;
    readonly cursors: Cursors;
}

/** @param now milliseconds since the epoch */
export function measure(code: AnalysisCode, row: Row, window: Window, now: number): Measured {
    const analysis = analysisOf(code, row);
    const baseline = code.measureBaseline?.(window, STABLE, analysis) ?? {
        bounds: analysis.latency.enabled
            ? code.latencyBounds(code.durationHistogram(window, STABLE))
            : [],
        rate: code.measuredRate(window),
        dispersion: code.dispersion(code.podCounts(window, STABLE)),
    };
    const settings: RolloutSettings = {
        stable: STABLE,
        canary: CANARY,
        analysis,
        ...code.planWeights(row.ladder ?? LADDER, analysis, baseline.rate),
        ...baseline,
    };
    const { bounds } = baseline;
    const options = { stable: STABLE, canary: CANARY, weight: 0, startedAt: now, bounds } as const;
    return { settings, cursors: code.observe(window, NO_CURSORS, options).cursors };
}

/** Without the keys that this revision does not know. */
function analysisOf(code: AnalysisCode, row: Row): RolloutSettings["analysis"] {
    const analysis: Record<string, unknown> = {
        ...SETTINGS,
        latency: { enabled: row.latency ?? false },
        ...row.analysis,
    };
    for (;;) {
        const checked = code.checkDriverConfig({ analysis });
        if (checked.ok) return checked.config.analysis;
        const unknown = checked.problems.filter((problem) => problem.code === "unknown-key");
        if (unknown.length === 0) {
            throw new Error(`${row.name}: ${JSON.stringify(checked.problems)}`);
        }
        for (const { path } of unknown) delete analysis[String(path[1])];
    }
}
