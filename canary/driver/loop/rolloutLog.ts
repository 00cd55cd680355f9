/** A rollout's journal, together with the status that follows from it. */
import type { JournalRecord, RecordBody, Started } from "../../analysis/record/record";
import { type RolloutStatus, reduce, replay } from "../../analysis/record/reduce";
import type { Journal, Watcher } from "../ports";

/** Every change of status is a record on disk first. */
export class RolloutLog {
    private constructor(
        private readonly journal: Journal,
        private current: RolloutStatus,
        private readonly watchers: readonly Watcher[],
    ) {}

    /** Starts a new rollout in an empty journal. */
    static async begin(
        journal: Journal,
        started: Started,
        watchers: readonly Watcher[] = [],
    ): Promise<RolloutLog> {
        const record = await journal.append(started);
        const log = new RolloutLog(journal, replay([record]), watchers);
        log.notify(record);
        return log;
    }

    /** Continues the rollout of a journal. */
    static resume(journal: Journal, watchers: readonly Watcher[] = []): RolloutLog {
        return new RolloutLog(journal, replay(journal.records), watchers);
    }

    get status(): RolloutStatus {
        return this.current;
    }

    /** Resolves when the record is on disk. */
    async append(body: RecordBody): Promise<JournalRecord> {
        const record = await this.journal.append(body);
        this.current = reduce(this.current, record);
        this.notify(record);
        return record;
    }

    private notify(record: JournalRecord): void {
        for (const watcher of this.watchers) watcher.record(record, this.current);
    }
}
