/** The append-only journal of a rollout: `.canary/<stack>/<id>.jsonl` in the project's folder. */
import { type FileHandle, mkdir, open, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { JournalRecord, RecordBody } from "../../analysis/record/record";
import { errorMessage } from "../../analysis/text";
import type { Clock, Journal } from "../ports";
import type { RolloutName } from "../selectRollout";
import { journalLine, type ReadLines, readLines } from "./journalLines";

const FOLDER = ".canary";
const EXTENSION = ".jsonl";

/** Where journals are: the folder of Pulumi.yaml, and the stack's name. */
export interface JournalPlace {
    readonly project: string;
    readonly stack: string;
    /** Only journals of this rollout. Default: of all rollouts of the stack. */
    readonly rollout?: Omit<RolloutName, "name">;
}

export interface OpenJournal extends Journal {
    readonly file: string;
    close(): Promise<void>;
}

/**
 * Opens the journal of the rollout `id` for appending; creates it if it does not exist. Drops an incomplete last line, which a
 * killed driver leaves, and records a note about it, except before the first record.
 * @throws JournalDamaged if any other line was changed or lost.
 */
export async function openJournal(
    place: JournalPlace,
    id: string,
    clock: Pick<Clock, "now">,
): Promise<OpenJournal> {
    const file = fileOf(place, id);
    await makeFolder(path.dirname(file), place.project);
    // Not mode "a": the next record must overwrite an incomplete line.
    return journalIn(await openOrCreate(file), file, clock);
}

/** What a journal needs of its open file, so that a simulation can lose writes. */
export interface JournalFile {
    readFile(): Promise<Buffer>;
    write(
        bytes: Buffer,
        offset: number,
        length: number,
        position: number,
    ): Promise<{ readonly bytesWritten: number }>;
    truncate(size: number): Promise<void>;
    datasync(): Promise<void>;
    close(): Promise<void>;
}

/** The journal in an open file, as `openJournal` describes it. @param file for messages only. */
export async function journalIn(
    handle: JournalFile,
    file: string,
    clock: Pick<Clock, "now">,
): Promise<OpenJournal> {
    try {
        const read = readLines(await handle.readFile(), file);
        const journal = new FileJournal(file, handle, clock, read);
        if (read.torn !== undefined) {
            await handle.truncate(read.size);
            // The first record must be the rollout's start.
            if (read.size > 0) await journal.append({ type: "note", text: read.torn });
        }
        return journal;
    } catch (error) {
        await handle.close();
        throw error;
    }
}

/** Reads a journal and leaves it unchanged. @throws JournalDamaged; Error if it does not exist. */
export async function readJournal(
    place: JournalPlace,
    id: string,
): Promise<Pick<ReadLines, "records" | "torn">> {
    const file = fileOf(place, id);
    return readLines(await readFile(file), file);
}

/** Ids of journals, newest first. */
export async function listJournals(place: JournalPlace): Promise<string[]> {
    const names = await readdir(journalFolder(place)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return [];
        throw error;
    });
    const ids = names
        .filter((name) => name.endsWith(EXTENSION))
        .map((name) => name.slice(0, -EXTENSION.length))
        .sort((a, b) => startTime(b).localeCompare(startTime(a)) || b.localeCompare(a));
    if (place.rollout === undefined) return ids;
    const { namespace, app } = place.rollout;
    const subjects = await Promise.all(ids.map((id) => readSubject(place, id)));
    // A journal that says nothing is not skipped: whoever opens it reports the damage.
    return ids.filter((_, index) => {
        const subject = subjects[index];
        return subject === undefined || (subject.namespace === namespace && subject.app === app);
    });
}

/** Which rollout a journal is about. @returns undefined if the journal's first line is incomplete or damaged. */
export async function readSubject(
    place: JournalPlace,
    id: string,
): Promise<RolloutName | undefined> {
    const handle = await open(fileOf(place, id), "r");
    try {
        for await (const line of handle.readLines()) {
            const { rollout, namespace, app } = JSON.parse(line).body;
            return { ...(rollout !== undefined && { name: rollout }), namespace, app };
        }
    } catch {
        // Reported by readJournal.
    } finally {
        await handle.close();
    }
    return undefined;
}

/** Id of a stack's newest rollout. */
export async function latestJournal(place: JournalPlace): Promise<string | undefined> {
    return (await listJournals(place))[0];
}

/** The UTC time in `<app>-<UTC time>`, which sorts as text. */
function startTime(id: string): string {
    return id.slice(id.lastIndexOf("-") + 1);
}

/** The folder of a stack's journals. */
export function journalFolder({ project, stack }: JournalPlace): string {
    // A full name has slashes: organization/project/stack.
    return path.join(project, FOLDER, encodeURIComponent(stack));
}

function fileOf(place: JournalPlace, id: string): string {
    if (!/^\w[\w.-]*$/.test(id)) {
        throw new Error(
            `Expected a rollout id such as web-20261121T131200Z, got ${JSON.stringify(id)}. To list ids, run \`istio-canary history\`.`,
        );
    }
    return path.join(journalFolder(place), id + EXTENSION);
}

async function openOrCreate(file: string): Promise<FileHandle> {
    try {
        return await open(file, "r+");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
    const handle = await open(file, "wx+");
    await syncFolder(path.dirname(file));
    return handle;
}

/** A new name in a folder survives a crash only once the folder itself has been synced. */
async function makeFolder(folder: string, project: string): Promise<void> {
    const first = await mkdir(folder, { recursive: true });
    if (first === undefined) return;
    for (let at = folder; at !== project && at !== path.dirname(at); at = path.dirname(at)) {
        await syncFolder(path.dirname(at));
    }
}

async function syncFolder(folder: string): Promise<void> {
    const handle = await open(folder, "r");
    try {
        await handle.sync();
    } finally {
        await handle.close();
    }
}

class FileJournal implements OpenJournal {
    /** Excludes appended records: those of a long rollout would fill the memory. */
    readonly records: readonly JournalRecord[];
    private seq: number;
    private sha256: string;
    private size: number;
    /** The last write: writes run one at a time, in the order of the calls. */
    private last: Promise<unknown> = Promise.resolve();

    constructor(
        readonly file: string,
        private readonly handle: JournalFile,
        private readonly clock: Pick<Clock, "now">,
        read: ReadLines,
    ) {
        this.records = read.records;
        this.seq = read.records.length;
        this.sha256 = read.sha256;
        this.size = read.size;
    }

    append(body: RecordBody): Promise<JournalRecord> {
        const written = this.last.then(() => this.write(body));
        this.last = written.catch(() => undefined);
        return written;
    }

    async close(): Promise<void> {
        await this.last;
        await this.handle.close();
    }

    private async write(body: RecordBody): Promise<JournalRecord> {
        const seq = this.seq + 1;
        const { record, text, sha256 } = journalLine(body, seq, this.clock.now(), this.sha256);
        const bytes = Buffer.from(text);
        try {
            const { bytesWritten } = await this.handle.write(bytes, 0, bytes.length, this.size);
            if (bytesWritten !== bytes.length) {
                throw new Error(
                    `wrote ${bytesWritten} of ${bytes.length} bytes; check that the disk is not full`,
                );
            }
            await this.handle.datasync();
        } catch (error) {
            // The next record goes to the same offset, so that no record ever follows an incomplete line.
            await this.handle.truncate(this.size).catch(() => undefined);
            const reason = errorMessage(error);
            throw new Error(`${this.file}: the journal could not be written: ${reason}`, {
                cause: error,
            });
        }
        this.size += bytes.length;
        this.sha256 = sha256;
        this.seq = seq;
        return record;
    }
}
