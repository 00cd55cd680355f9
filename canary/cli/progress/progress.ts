// Shows a running rollout: redrawn on a terminal, plain lines elsewhere, or every record as JSON.
import { createLogUpdate } from "log-update";
import { createColors } from "picocolors";
import type { JournalRecord } from "../../analysis/record/record";
import type { RolloutStatus } from "../../analysis/record/reduce";
import { isoTime, oneLine } from "../../analysis/text";
import type { Watcher } from "../../driver/ports";
import { eventText, plainLines } from "./lines";
import { type Paint, render } from "./render";

export interface Progress extends Watcher {
    /** Draws for the last time and restores the terminal; further calls do nothing. */
    stop(): void;
}

export interface ProgressOptions {
    readonly stream: NodeJS.WriteStream;
    /** One JSON record per line. Default: false. */
    readonly json?: boolean;
    /** Read for NO_COLOR (https://no-color.org) and TERM. Default: the process' environment. */
    readonly env?: Readonly<Record<string, string | undefined>>;
    /** Milliseconds since the epoch. Default: the machine's clock. */
    readonly now?: () => number;
}

const REDRAW_MS = 1_000;

export function createProgress(options: ProgressOptions): Progress {
    const { stream, json = false, env = process.env } = options;
    if (json) return lineProgress(stream, (record) => JSON.stringify(record));
    if (!stream.isTTY || env.TERM === "dumb") return lineProgress(stream, plainLines());
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
function screenProgress({ stream, env = process.env, now = Date.now }: ProgressOptions): Progress {
    const paint = painter(!env.NO_COLOR);
    const screen = createLogUpdate(stream, { showCursor: true });
    let status: RolloutStatus | undefined;

    function draw(): void {
        if (status === undefined) return;
        // Leaves the last column free: some terminals break a line that fills it.
        const width = Math.max(20, (stream.columns || 80) - 1);
        screen(render(status, { width, now: now(), paint }).join("\n"));
    }

    // Times change between samples too.
    const timer = setInterval(draw, REDRAW_MS).unref();
    let stopped = false;
    return {
        record(record, next) {
            const text = eventText(record);
            if (text !== undefined) {
                screen.persist(`${paint("quiet", isoTime(record.at))} ${oneLine(text)}`);
            }
            status = next;
            draw();
        },
        stop() {
            if (stopped) return;
            stopped = true;
            clearInterval(timer);
            draw();
            screen.done();
        },
    };
}

function painter(colours: boolean): Paint {
    const { bold, dim, green, yellow, red } = createColors(colours);
    const tones = { strong: bold, quiet: dim, good: green, warn: yellow, bad: red };
    return (tone, text) => (tone === "plain" ? text : tones[tone](text));
}
