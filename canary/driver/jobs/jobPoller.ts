/** Runs the Jobs of metrics, one at a time for each, in the background: a slow API server delays no sample. */
import { parseDuration } from "../../../rollout/config/duration";
import type { Slot } from "../../../rollout/config/slots";
import type { JobMetric } from "../../analysis/config/metrics/jobMetric";
import type { CustomValue, Window } from "../../analysis/counts/observation";
import { errorMessage } from "../../analysis/text";
import { waitForReadings } from "../metricSources/waitForReadings";
import type { Clock, SampledPhase } from "../ports";
import type { JobLook } from "./jobObject";
import type { JobRunner } from "./jobRunner";

export interface JobRollout {
    readonly app: string;
    readonly namespace: string;
    readonly canary: Slot;
}

interface Polled {
    readonly look: JobLook;
    /** Of the phase's last Job that has ended; of the newest, if none has. */
    value: CustomValue;
    /** The Job has ended, or could not run. */
    isOver: boolean;
    reading?: Promise<void>;
}

/**
 * @param patience milliseconds that a sample waits for answers. Default: 1,000.
 * @returns the values of the phase's newest Jobs by metric name.
 */
export function pollJobs(
    metrics: readonly JobMetric[],
    { canary: version, ...place }: JobRollout,
    runner: Pick<JobRunner, "look">,
    clock: Pick<Clock, "now" | "sleep">,
    patience = 1_000,
): (signal?: AbortSignal, phase?: SampledPhase) => Promise<Window["custom"]> {
    const polled = new Map<string, Polled>();

    function current(metric: JobMetric, rollout: string, routedAt: number): Polled {
        const last = polled.get(metric.name);
        const isSamePhase = last?.look.rollout === rollout && last.look.routedAt === routedAt;
        const index = jobIndex(metric, clock.now() - routedAt);
        if (last !== undefined && isSamePhase && (last.look.index === index || !last.isOver)) {
            return last;
        }
        const value = isSamePhase ? (last?.value ?? {}) : {};
        const next: Polled = { look: { rollout, routedAt, index }, value, isOver: false };
        polled.set(metric.name, next);
        return next;
    }

    function read(metric: JobMetric, state: Polled): void {
        const isDone = state.isOver && state.value.problem === undefined;
        if (state.reading !== undefined || isDone) return;
        state.reading = runner
            .look(metric, { ...place, version }, state.look)
            .catch((error: unknown) => ({
                problem: errorMessage(error),
            }))
            .then((value: CustomValue) => {
                state.isOver = value.at !== undefined || value.problem !== undefined;
                if (state.isOver || state.value.at === undefined) state.value = value;
                delete state.reading;
            });
    }

    return async (signal, phase) => {
        const { rollout, routedAt } = phase ?? {};
        if (rollout === undefined || routedAt === undefined) return {};
        const states = metrics.map((metric) => {
            const state = current(metric, rollout, routedAt);
            read(metric, state);
            return [metric.name, state] as const;
        });
        const readings = states.map(([, state]) => state);
        await waitForReadings(readings, patience, clock, signal);
        return Object.fromEntries(states.map(([name, { value }]) => [name, value]));
    };
}

/** Number of the Job that is due in a phase. Without `interval`, a phase has one. */
function jobIndex({ interval }: JobMetric, elapsed: number): number {
    if (interval === undefined) return 0;
    return Math.max(0, Math.floor(elapsed / (parseDuration(interval) ?? Number.POSITIVE_INFINITY)));
}
