// Shows a rollout as it goes: redrawn on a terminal, plain lines elsewhere, or every record as JSON.
import { createLogUpdate } from "log-update";
import { createColors } from "picocolors";
import type { JournalRecord } from "../../analysis/record/record";
import { type Standing, standingAfter } from "../../analysis/record/standing";
import type { Watcher } from "../../driver/ports";
import { eventText, plainLines } from "./lines";
import { type Paint, render } from "./render";
import { isoTime, oneLine } from "./words";

export interface Progress extends Watcher {
    /** Draws for the last time; the terminal is as it was. Once is enough. */
    stop(): void;
}

export interface ProgressOptions {
    readonly stream: NodeJS.WriteStream;
    /** One JSON record per line. */
    readonly json?: boolean;
    /** Of an earlier run that this one goes on with: known, not shown. */
    readonly before?: readonly JournalRecord[];
    /** NO_COLOR (https://no-color.org) and TERM are read; default the process's own. */
    readonly env?: Readonly<Record<string, string | undefined>>;
    /** Milliseconds since the epoch; default the machine's. */
    readonly now?: () => number;
}

const REDRAW_MS = 1_000;

export function createProgress(options: ProgressOptions): Progress {
    const { stream, json = false, env = process.env } = options;
    if (json) return written(stream, (record) => JSON.stringify(record));
    if (!stream.isTTY || env.TERM === "dumb") return written(stream, plainLines());
    return drawn(options);
}

function written(
    stream: NodeJS.WriteStream,
    line: (record: JournalRecord) => string | undefined,
): Progress {
    return {
        saw(record) {
            const text = line(record);
            if (text !== undefined) stream.write(`${text}\n`);
        },
        stop() {},
    };
}

/** Events stay in the scrollback; below them is how the rollout stands now. */
function drawn({
    stream,
    before = [],
    env = process.env,
    now = Date.now,
}: ProgressOptions): Progress {
    const paint = painter(!env.NO_COLOR);
    const screen = createLogUpdate(stream, { showCursor: true });
    let standing: Standing | undefined;
    for (const record of before) standing = standingAfter(standing, record);

    function draw(): void {
        if (standing === undefined) return;
        // Without the last column: some terminals break a line that fills it.
        const width = Math.max(20, (stream.columns || 80) - 1);
        screen(render(standing, { width, now: now(), paint }).join("\n"));
    }

    // The times go on between two looks.
    const timer = setInterval(draw, REDRAW_MS).unref();
    let stopped = false;
    return {
        saw(record) {
            const text = eventText(record);
            if (text !== undefined) {
                screen.persist(`${paint("quiet", isoTime(record.at))} ${oneLine(text)}`);
            }
            standing = standingAfter(standing, record);
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
