/** Converts Prometheus' answers to series and numbers. */

import { dedupe } from "../../analysis/counts/dedupe";
import type { Series } from "../../analysis/counts/observation";
import { type ReferencedWorkloads, slotNamed } from "../../analysis/counts/referencedWorkloads";
import type { Answered } from "./api";
import type { Data } from "./promAnswer";
import { NEEDED_LABELS } from "./rawCounters";

/**
 * The series of a range query, with the labels that counting needs; `destination_version` is the slot. Empty if the query failed.
 */
export function seriesOf(
    answer: Answered | undefined,
    workloads?: ReferencedWorkloads,
): readonly Series[] {
    if (!answer?.ok || answer.data.resultType !== "matrix") return [];
    const all = answer.data.result.map(({ metric, values }) => ({
        labels: metric,
        samples: values
            .map(([at, value]) => [Math.round(at * 1_000), Number(value)] as const)
            .filter(([, value]) => Number.isFinite(value)),
    }));
    const nonEmpty = all.filter(({ samples }) => samples.length > 0);
    return dedupe(nonEmpty).map(({ labels, samples }) => ({
        labels: neededOf(labels, workloads),
        samples,
    }));
}

function neededOf(labels: Series["labels"], workloads?: ReferencedWorkloads): Series["labels"] {
    const kept = NEEDED_LABELS.flatMap((name) => {
        const value = labels[name];
        if (value === undefined) return [];
        const slot = name === "destination_version" ? slotNamed(value, workloads) : undefined;
        return [[name, slot ?? value] as const];
    });
    return Object.fromEntries(kept);
}

/** The finite values of an instant query; 0/0 is dropped. */
export function valuesOf(answer: Answered): readonly number[] {
    if (!answer.ok) return [];
    return rawValues(answer.data)
        .map(Number)
        .filter((value) => Number.isFinite(value));
}

function rawValues(data: Data): readonly string[] {
    if (data.resultType === "scalar") return [data.result[1]];
    if (data.resultType === "vector") {
        return data.result.flatMap(({ value }) => (value === undefined ? [] : [value[1]]));
    }
    return [];
}
