/** Reads metric sources in the background, so that a slow one delays neither a sample nor a rollback. */

import { parseDuration } from "../../../rollout/config/duration";
import type { Slot } from "../../../rollout/config/slots";
import { judged, type SourceMetric } from "../../analysis/config/metricConfig";
import type { CustomValue, Window } from "../../analysis/counts/observation";
import type { ReferencedWorkloads } from "../../analysis/counts/referencedWorkloads";
import { errorMessage } from "../../analysis/text";
import type { Clock } from "../ports";
import type { Read, Reading } from "./source";
import { waitForReadings } from "./waitForReadings";

export interface Source {
    readonly metric: SourceMetric;
    readonly read: Read;
}

export interface PolledRollout {
    readonly app: string;
    readonly namespace: string;
    readonly stable: Slot;
    readonly canary: Slot;
    /** Versions whose pods somebody else manages. Default: none. */
    readonly workloads?: ReferencedWorkloads;
}

interface Polled {
    reading?: Promise<void>;
    last?: CustomValue;
    nextAt: number;
}

/**
 * @param patience milliseconds that a sample waits for answers. Default: 1,000.
 * @returns the last values by metric name; a value that was read for an earlier sample has its time.
 */
export function pollSources(
    sources: readonly Source[],
    rollout: PolledRollout,
    clock: Clock,
    patience = 1_000,
): (signal?: AbortSignal) => Promise<Window["custom"]> {
    const polled = new Map<Source, Polled>(sources.map((source) => [source, { nextAt: 0 }]));

    function start(source: Source, state: Polled, signal?: AbortSignal): void {
        const startedAt = clock.now();
        state.reading = readBoth(source, rollout, startedAt, signal).then(
            ({ value, retryAfter }) => {
                const interval = parseDuration(source.metric.interval) ?? 0;
                state.last = value;
                state.nextAt = Math.max(startedAt + interval, clock.now() + retryAfter);
                delete state.reading;
            },
        );
    }

    return async (signal) => {
        for (const [source, state] of polled) {
            if (state.reading === undefined && clock.now() >= state.nextAt) {
                start(source, state, signal);
            }
        }
        await waitForReadings([...polled.values()], patience, clock);
        return Object.fromEntries(
            [...polled].map(([{ metric }, { last }]) => [metric.name, last ?? {}]),
        );
    };
}

async function readBoth(
    { metric, read }: Source,
    { app, namespace, workloads, ...slots }: PolledRollout,
    at: number,
    signal: AbortSignal | undefined,
): Promise<{ readonly value: CustomValue; readonly retryAfter: number }> {
    const readOne = (role: "canary" | "stable"): Promise<Reading> =>
        read({ app, namespace, version: slots[role], workloads }, signal).catch(
            (error: unknown) => ({
                problem: errorMessage(error),
            }),
        );
    const [canary, stable] = await Promise.all([readOne("canary"), readOne("stable")]);
    const wait = Math.max(retryOf(canary), retryOf(stable));
    const problem = canary.problem ?? stable.problem;
    if (problem !== undefined) return { value: { problem }, retryAfter: wait };
    return { value: { ...customValueOf(metric, canary, stable), at }, retryAfter: wait };
}

type Answer = Extract<Reading, { problem?: undefined }>;

function retryOf(reading: Reading): number {
    return "retryAfter" in reading ? (reading.retryAfter ?? 0) : 0;
}

function customValueOf(metric: SourceMetric, canary: Reading, stable: Reading): CustomValue {
    const [one, other] = [canary as Answer, stable as Answer];
    const known = {
        ...(one.value !== undefined && { canary: one.value }),
        ...(other.value !== undefined && { stable: other.value }),
    };
    if (judged(metric).kind === "gauge") return known;
    if (one.of === undefined && other.of === undefined) return {};
    // A counter does not exist before its first increment.
    const totals = { canaryOf: one.of ?? 0, stableOf: other.of ?? 0 };
    return { canary: 0, stable: 0, ...known, ...totals };
}
