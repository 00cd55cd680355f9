// Shows a running rollout: redrawn on a terminal, plain lines elsewhere, or every record as JSON.
import type { JournalRecord } from "../../analysis/record/record";
import type { Watcher } from "../../driver/ports";
import { eventText, plainLines } from "./lines";
import { createScreen, isScreen, type ScreenOptions } from "./screen";

export interface Progress extends Watcher {
    /** Draws for the last time and restores the terminal; further calls do nothing. */
    stop(): void;
}

export interface ProgressOptions extends ScreenOptions {
    /** One JSON record per line. Default: false. */
    readonly json?: boolean;
}

export function createProgress(options: ProgressOptions): Progress {
    const { stream, json = false } = options;
    if (json) return lineProgress(stream, (record) => JSON.stringify(record));
    if (!isScreen(options)) return lineProgress(stream, plainLines());
    return screenProgress(options);
}

function lineProgress(
    stream: NodeJS.WriteStream,
    line: (record: JournalRecord) => string | undefined,
): Progress {
    return {
        record(record) {
            const text = line(record);
            if (text !== undefined) stream.write(`${text}\n`);
        },
        stop() {},
    };
}

/** Events stay in the scrollback; the current status is redrawn below them. */
function screenProgress(options: ProgressOptions): Progress {
    const screen = createScreen(options);
    return {
        record(record, next) {
            const text = eventText(record);
            if (text !== undefined) screen.persist(record.at, text);
            screen.show(next);
        },
        stop: () => screen.stop(),
    };
}
