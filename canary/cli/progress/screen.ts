// The redrawn part of a terminal: a status below lines that stay in the scrollback.
import { createLogUpdate } from "log-update";
import { createColors } from "picocolors";
import type { LiveStatus } from "../../analysis/record/liveStatus";
import { isoTime, oneLine } from "../../analysis/text";
import { type Paint, render } from "./render";

export interface ScreenOptions {
    readonly stream: NodeJS.WriteStream;
    /** Read for NO_COLOR (https://no-color.org) and TERM. Default: the process' environment. */
    readonly env?: Readonly<Record<string, string | undefined>>;
    /** Milliseconds since the epoch. Default: the machine's clock. */
    readonly now?: () => number;
}

export interface Screen {
    /** Replaces the status. @param notes lines below it. */
    show(status: LiveStatus, notes?: readonly string[]): void;
    /** Adds a line above the status. */
    persist(at: number, text: string): void;
    /** Draws for the last time and restores the terminal; further calls do nothing. */
    stop(): void;
}

const REDRAW_MS = 1_000;

/** Whether a stream can be redrawn. Otherwise it gets plain lines. */
export function isScreen({ stream, env = process.env }: ScreenOptions): boolean {
    return stream.isTTY === true && env.TERM !== "dumb";
}

export function createScreen({ stream, env = process.env, now = Date.now }: ScreenOptions): Screen {
    const paint = painter(!env.NO_COLOR);
    const screen = createLogUpdate(stream, { showCursor: true });
    let shown: { readonly status: LiveStatus; readonly notes: readonly string[] } | undefined;

    function draw(): void {
        if (shown === undefined) return;
        // Leaves the last column free: some terminals break a line that fills it.
        const width = Math.max(20, (stream.columns || 80) - 1);
        const notes = shown.notes.map((note) => paint("warn", oneLine(note, width)));
        screen([...render(shown.status, { width, now: now(), paint }), ...notes].join("\n"));
    }

    // Times change between samples too.
    const timer = setInterval(draw, REDRAW_MS).unref();
    let stopped = false;
    return {
        show(status, notes = []) {
            shown = { status, notes };
            draw();
        },
        persist(at, text) {
            screen.persist(`${paint("quiet", isoTime(at))} ${oneLine(text)}`);
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
