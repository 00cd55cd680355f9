// A disk with a page cache: a write is safe only after `datasync`; a power cut loses or tears what follows.
import type { JournalFile } from "../../../canary/driver/journal/journal";
import type { Luck } from "./luck";

/** A file's bytes as processes see them; those up to `synced` survive a power cut. */
class File {
    bytes = Buffer.alloc(8_192);
    size = 0;
    synced = 0;

    write(data: Buffer, position: number): void {
        const end = position + data.length;
        if (end > this.bytes.length) {
            const larger = Buffer.alloc(2 * end);
            this.bytes.copy(larger, 0, 0, this.size);
            this.bytes = larger;
        }
        data.copy(this.bytes, position);
        this.size = Math.max(this.size, end);
    }

    truncate(size: number): void {
        this.size = size;
        this.synced = Math.min(this.synced, size);
    }

    get content(): Buffer {
        return Buffer.from(this.bytes.subarray(0, this.size));
    }
}

/** Runs one call of a process; see `Life.call`. */
export type Call = <T>(name: string, work: () => Promise<T> | T) => Promise<T>;

export interface DiskFaults {
    /** Probability that a write or a sync fails. */
    readonly failing: number;
    /** Planted bug: `datasync` does nothing. */
    readonly ignoresSync: boolean;
}

export class Disk {
    private readonly files = new Map<string, File>();

    constructor(
        private readonly luck: Luck,
        private readonly faults: DiskFaults,
    ) {}

    /** Names of all files, in order of creation. */
    get names(): readonly string[] {
        return [...this.files.keys()];
    }

    read(name: string): Buffer {
        return this.files.get(name)?.content ?? Buffer.alloc(0);
    }

    open(name: string, call: Call): JournalFile {
        const file = this.files.get(name) ?? new File();
        this.files.set(name, file);
        const { luck, faults } = this;
        const failsNow = () => luck.chance(faults.failing);
        return {
            readFile: () => call("journal.read", () => file.content),
            write: (bytes, offset, length, position) =>
                call("journal.write", () => {
                    const part = failsNow() ? luck.integer(0, length - 1) : length;
                    file.write(bytes.subarray(offset, offset + part), position);
                    return { bytesWritten: part };
                }),
            truncate: (size) => call("journal.truncate", () => file.truncate(size)),
            datasync: () =>
                call("journal.datasync", () => {
                    if (failsNow()) throw new Error("EIO: i/o error, fdatasync");
                    if (!faults.ignoresSync) file.synced = file.size;
                }),
            close: () => call("journal.close", () => undefined),
        };
    }

    /** What a power cut leaves of unsynced writes: nothing, all, a part, or a part and zeros. */
    cutPower(): void {
        for (const file of this.files.values()) {
            const unsynced = file.size - file.synced;
            if (unsynced <= 0) continue;
            const kept = file.synced + this.luck.integer(0, unsynced);
            if (this.luck.chance(0.3)) file.bytes.fill(0, kept, file.size);
            else file.truncate(kept);
            file.synced = file.size;
        }
    }
}
