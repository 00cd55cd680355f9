/** Records by type, and when they were. */
import type { JournalRecord } from "../record/record";
import type { Moment } from "./rolloutReport";

/** Records of one type. */
export type Of<Type extends JournalRecord["type"]> = Extract<JournalRecord, { type: Type }>;

export function ofType<Type extends JournalRecord["type"]>(
    records: readonly JournalRecord[],
    type: Type,
): Of<Type>[] {
    return records.filter((record): record is Of<Type> => record.type === type);
}

/** From milliseconds since the epoch. */
export type MomentOf = (at: number) => Moment;

export function momentsSince(start: number): MomentOf {
    return (at) => ({ at: new Date(at).toISOString(), second: (at - start) / 1_000 });
}

/** To the millisecond, as the record has times. */
export function secondsBetween(from: Moment, to: Moment): number {
    return Math.round(1_000 * (to.second - from.second)) / 1_000;
}
