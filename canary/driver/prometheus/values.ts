/** Answers as series and numbers. */

import { oneReader } from "../../analysis/counts/dedupe";
import type { Series } from "../../analysis/counts/observation";
import type { Data } from "./answer";
import type { Answered } from "./api";
import { NEEDED_LABELS } from "./rawCounters";

/** The series of a range, with the labels that counting needs; none of an answer that is none. */
export function seriesOf(answer: Answered | undefined): readonly Series[] {
    if (!answer?.ok || answer.data.resultType !== "matrix") return [];
    const all = answer.data.result.map(({ metric, values }) => ({
        labels: metric,
        samples: values
            .map(([at, value]) => [Math.round(at * 1_000), Number(value)] as const)
            .filter(([, value]) => Number.isFinite(value)),
    }));
    const counted = all.filter(({ samples }) => samples.length > 0);
    return oneReader(counted).map(({ labels, samples }) => ({ labels: needed(labels), samples }));
}

function needed(labels: Series["labels"]): Series["labels"] {
    const kept = NEEDED_LABELS.flatMap((name) => {
        const value = labels[name];
        return value === undefined ? [] : [[name, value] as const];
    });
    return Object.fromEntries(kept);
}

/** The values of an instant query that are numbers: 0/0 is none. */
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
