/**
 * Records as lines of JSON. Each line has a SHA-256 of the previous line's checksum and its own content, which detects a
 * record that was changed, lost or cut off.
 */
import { createHash } from "node:crypto";
import type { JournalRecord, RecordBody } from "../../analysis/record/record";
import { upgradeRecord } from "./earlierRecords";

export interface JournalLine {
    readonly record: JournalRecord;
    /** Including the newline. */
    readonly text: string;
    /** Input of the next line's checksum. */
    readonly sha256: string;
}

/** @param previous checksum of the previous line; empty for the first. */
export function journalLine(
    body: RecordBody,
    seq: number,
    at: number,
    previous: string,
): JournalLine {
    const content = JSON.stringify({ seq, at, body });
    const sha256 = checksum(previous, content);
    const text = `${content.slice(0, -1)},"sha256":"${sha256}"}\n`;
    // Parsed from the text, so that it equals what a reader gets: JSON omits some values.
    return { record: recordIn(content), text, sha256 };
}

export interface ReadLines {
    readonly records: readonly JournalRecord[];
    /** Checksum of the last valid line; empty if there is none. */
    readonly sha256: string;
    /** Bytes up to the end of that line: the offset of the next one. */
    readonly size: number;
    /** A message about the incomplete last line that was dropped. */
    readonly torn: string | undefined;
}

/**
 * Reads a journal. Drops an incomplete last line: its `append` never resolved, so nobody relies on it.
 * @param file for messages only.
 * @throws JournalDamaged if any other line was changed or lost.
 */
export function readLines(content: Buffer, file: string): ReadLines {
    const records: JournalRecord[] = [];
    let [sha256, size] = ["", 0];
    for (let number = 1; size < content.length; number++) {
        const newline = content.indexOf("\n", size);
        const end = newline === -1 ? content.length : newline;
        const line = parseLine(content.subarray(size, end).toString("utf8"), number, sha256);
        if (newline === -1 || line === undefined) {
            const rest = content.subarray(size).toString("utf8");
            if (end + 1 < content.length || TWO_LINES.test(rest)) {
                throw new JournalDamaged(file, number);
            }
            const torn = `Dropped the last line of the journal (line ${number}, ${content.length - size} bytes), which is incomplete.`;
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
            `${file}, line ${line}: the checksum does not match: this line was changed, or a line before it was lost. ` +
                "Restore the file, or move it away and begin a new rollout.",
        );
    }
}

/** Two records whose separating newline was changed. */
const TWO_LINES = /"sha256":"[0-9a-f]{64}"\}.?\{"seq":/s;
const LINE = /^(.*),"sha256":"([0-9a-f]{64})"\}$/s;

function parseLine(text: string, number: number, previous: string) {
    const [, content, sha256 = ""] = LINE.exec(text) ?? [];
    if (content === undefined || checksum(previous, `${content}}`) !== sha256) return undefined;
    const record = recordIn(`${content}}`);
    return record.seq === number ? { record, sha256 } : undefined;
}

function recordIn(content: string): JournalRecord {
    const { seq, at, body } = JSON.parse(content);
    return upgradeRecord({ ...body, seq, at });
}

function checksum(previous: string, content: string): string {
    return createHash("sha256").update(previous).update(content).digest("hex");
}
