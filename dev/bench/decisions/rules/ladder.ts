// A ladder with a fixed schedule, independent of metrics.
export interface Schedule {
    readonly weights: readonly number[];
    /** Seconds per weight. */
    readonly hold: number;
}

/** 10, 25 and 50 %, five minutes each, so that only the detection of the rules differs, not their ladder. */
export const FIXED: Schedule = { weights: [10, 25, 50], hold: 300 };

/** The step due at this second: undefined within a phase, the promotion after the last. */
export function climbed({ weights, hold }: Schedule, at: number) {
    if (at % hold !== 0) return undefined;
    const weight = weights[at / hold];
    return weight === undefined ? ({ end: "promoted" } as const) : { weight };
}
