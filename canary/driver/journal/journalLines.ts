/**
 * Records as lines of a file: JSON, each with the SHA-256 of the line before it and itself, so that a record that was
 * changed, lost or cut off is seen.
 */
import { createHash } from "node:crypto";
import type { JournalRecord, RecordBody } from "../../analysis/record/record";

export interface JournalLine {
    readonly record: JournalRecord;
    /** With its newline. */
    readonly text: string;
    /** What the next line's is made of. */
    readonly sha256: string;
}

/** @param previous checksum of the line before; empty for the first. */
export function journalLine(
    body: RecordBody,
    seq: number,
    at: number,
    previous: string,
): JournalLine {
    const content = JSON.stringify({ seq, at, body });
    const sha256 = checksum(previous, content);
    const text = `${content.slice(0, -1)},"sha256":"${sha256}"}\n`;
    // As it will be read back: what JSON leaves out of it is not in the record either.
    return { record: recordIn(content), text, sha256 };
}

export interface ReadLines {
    readonly records: readonly JournalRecord[];
    /** Checksum of the last good line; empty when there is none. */
    readonly sha256: string;
    /** Bytes up to its end: where the next line belongs. */
    readonly size: number;
    /** What of the last line was dropped, because it was not written to its end. */
    readonly torn: string | undefined;
}

/**
 * Reads a journal back. A last line that was not written to its end is dropped: whoever wrote it was not told that it was kept.
 * @param file for the message only.
 * @throws JournalDamaged when any other line is not what was written.
 */
export function readLines(content: Buffer, file: string): ReadLines {
    const records: JournalRecord[] = [];
    let [sha256, size] = ["", 0];
    for (let number = 1; size < content.length; number++) {
        const newline = content.indexOf("\n", size);
        const end = newline === -1 ? content.length : newline;
        const line = parsed(content.subarray(size, end).toString("utf8"), number, sha256);
        if (newline === -1 || line === undefined) {
            const rest = content.subarray(size).toString("utf8");
            if (end + 1 < content.length || TWO_LINES.test(rest)) {
                throw new JournalDamaged(file, number);
            }
            const torn = `The last line (${content.length - size} bytes at line ${number}) was not written to its end and was dropped.`;
            return { records, sha256, size, torn };
        }
        records.push(line.record);
        sha256 = line.sha256;
        size = newline + 1;
    }
    return { records, sha256, size, torn: undefined };
}

export class JournalDamaged extends Error {
    override readonly name = "JournalDamaged";

    constructor(
        readonly file: string,
        readonly line: number,
    ) {
        super(
            `${file}, line ${line}: the checksum is not that of the line and the lines before it, so something was changed or lost. ` +
                "Nothing after it can be trusted: put the file back as it was, or move it away and begin a new rollout.",
        );
    }
}

/** The newline between two lines is what was changed. */
const TWO_LINES = /"sha256":"[0-9a-f]{64}"\}.?\{"seq":/s;
const LINE = /^(.*),"sha256":"([0-9a-f]{64})"\}$/s;

function parsed(text: string, number: number, previous: string) {
    const [, content, sha256 = ""] = LINE.exec(text) ?? [];
    if (content === undefined || checksum(previous, `${content}}`) !== sha256) return undefined;
    const record = recordIn(`${content}}`);
    return record.seq === number ? { record, sha256 } : undefined;
}

function recordIn(content: string): JournalRecord {
    const { seq, at, body } = JSON.parse(content);
    return { ...body, seq, at };
}

function checksum(previous: string, content: string): string {
    return createHash("sha256").update(previous).update(content).digest("hex");
}
