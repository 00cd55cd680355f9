// A ladder that is climbed by the clock, whatever is seen.
export interface Schedule {
    readonly weights: readonly number[];
    /** Seconds of each. */
    readonly hold: number;
}

/** 10, 25 and 50 percent, five minutes each: on it rules are compared by what they see, not by how they climb. */
export const FIXED: Schedule = { weights: [10, 25, 50], hold: 300 };

/** The step that is due at this second: undefined within a weight, the promotion after the last. */
export function climbed({ weights, hold }: Schedule, at: number) {
    if (at % hold !== 0) return undefined;
    const weight = weights[at / hold];
    return weight === undefined ? ({ end: "promoted" } as const) : { weight };
}
