/** A stack's newest rollout, from its journal. */
import { type RolloutStatus, replay } from "../../analysis/record/reduce";
import type { Clock } from "../ports";
import { type JournalPlace, listJournals, type OpenJournal, openJournal } from "./journal";

export interface LastRollout {
    readonly id: string;
    /** Open; to be closed by the caller. */
    readonly journal: OpenJournal;
    readonly status: RolloutStatus;
}

/**
 * Opens the journal of a stack's newest rollout; undefined if there is none. Skips a journal without records: its driver died
 * before it had recorded the start, and so before it had changed anything.
 * @throws JournalDamaged
 */
export async function openLastRollout(
    place: JournalPlace,
    clock: Pick<Clock, "now">,
): Promise<LastRollout | undefined> {
    for (const id of await listJournals(place)) {
        const journal = await openJournal(place, id, clock);
        if (journal.records.length > 0) return { id, journal, status: replay(journal.records) };
        await journal.close();
    }
    return undefined;
}
