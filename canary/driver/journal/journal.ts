/** The journal of a rollout on disk: `.canary/<stack>/<id>.jsonl` in the project's folder, only ever added to. */
import { type FileHandle, mkdir, open, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { JournalRecord, RecordBody } from "../../analysis/record/record";
import type { Clock, Journal } from "../ports";
import { journalLine, type ReadLines, readLines } from "./journalLines";

const FOLDER = ".canary";
const EXTENSION = ".jsonl";

/** Where journals are: the folder of Pulumi.yaml, and the stack's name. */
export interface JournalPlace {
    readonly project: string;
    readonly stack: string;
}

export interface OpenJournal extends Journal {
    readonly file: string;
    close(): Promise<void>;
}

/**
 * Opens the journal of the rollout `id` to add to it; makes it when there is none. What a driver that was killed had not
 * written to its end is cut off, and a note says so.
 * @throws JournalDamaged when it is not what was written.
 */
export async function openJournal(
    place: JournalPlace,
    id: string,
    clock: Pick<Clock, "now">,
): Promise<OpenJournal> {
    const file = fileOf(place, id);
    await makeFolder(path.dirname(file), place.project);
    // Not "a": a line that failed half-way has to be overwritten.
    const handle = await openOrCreate(file);
    try {
        const read = readLines(await handle.readFile(), file);
        const journal = new FileJournal(file, handle, clock, read);
        if (read.torn !== undefined) {
            await handle.truncate(read.size);
            await journal.append({ type: "note", text: read.torn });
        }
        return journal;
    } catch (error) {
        await handle.close();
        throw error;
    }
}

/** A journal as it is, for reading. @throws JournalDamaged; Error when there is none. */
export async function readJournal(
    place: JournalPlace,
    id: string,
): Promise<Pick<ReadLines, "records" | "torn">> {
    const file = fileOf(place, id);
    return readLines(await readFile(file), file);
}

/** Ids of a stack's rollouts, the newest first. */
export async function listJournals({ project, stack }: JournalPlace): Promise<string[]> {
    const names = await readdir(folderOf(project, stack)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return [];
        throw error;
    });
    return names
        .filter((name) => name.endsWith(EXTENSION))
        .map((name) => name.slice(0, -EXTENSION.length))
        .sort((a, b) => begun(b).localeCompare(begun(a)) || b.localeCompare(a));
}

/** Id of a stack's newest rollout. */
export async function latestJournal(place: JournalPlace): Promise<string | undefined> {
    return (await listJournals(place))[0];
}

/** The UTC time in `<app>-<UTC time>`, which sorts as text. */
function begun(id: string): string {
    return id.slice(id.lastIndexOf("-") + 1);
}

function folderOf(project: string, stack: string): string {
    // A full name has slashes: organisation/project/stack.
    return path.join(project, FOLDER, encodeURIComponent(stack));
}

function fileOf({ project, stack }: JournalPlace, id: string): string {
    if (!/^\w[\w.-]*$/.test(id)) {
        throw new Error(
            `${JSON.stringify(id)} is not the id of a rollout, such as web-20261121T131200Z.`,
        );
    }
    return path.join(folderOf(project, stack), id + EXTENSION);
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
    /** What is added is only on disk: a rollout of a day has more than memory should hold. */
    readonly records: readonly JournalRecord[];
    private seq: number;
    private sha256: string;
    private size: number;
    /** One line at a time, in the order in which they were asked for. */
    private last: Promise<unknown> = Promise.resolve();

    constructor(
        readonly file: string,
        private readonly handle: FileHandle,
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
                    `${bytesWritten} of ${bytes.length} bytes were written; is the disk full?`,
                );
            }
            await this.handle.datasync();
        } catch (error) {
            // The next line goes to the same place, so that half a line never stands before a whole one.
            await this.handle.truncate(this.size).catch(() => undefined);
            const reason = error instanceof Error ? error.message : String(error);
            throw new Error(`The journal ${this.file} could not be written: ${reason}`, {
                cause: error,
            });
        }
        this.size += bytes.length;
        this.sha256 = sha256;
        this.seq = seq;
        return record;
    }
}
