// Progress of a build: a live line on a terminal, plain lines elsewhere.

export interface BuildProgress {
    /** Starts a step; call `done` on the result to end it. `n` counts from 1. */
    step(name: string, n: number, of: number, log: string): { done(how: string): void };
    /** Prints a message about the whole build. */
    say(text: string): void;
}

/** `out` defaults to stderr, which keeps the command's stdout clean. `now` returns milliseconds. */
export function streamProgress(
    out: NodeJS.WriteStream = process.stderr,
    now: () => number = Date.now,
): BuildProgress {
    return {
        say: (text) => void out.write(`${text}\n`),
        step(name, n, of, log) {
            const started = now();
            const line = (how: string) =>
                `[${n}/${of}] ${name.padEnd(24)} ${how} ${elapsed(now() - started)}`;
            let timer: NodeJS.Timeout | undefined;
            if (out.isTTY) {
                const draw = () => void out.write(`\r\x1b[2K${line("building")}  ${log}`);
                draw();
                timer = setInterval(draw, 1000);
            } else {
                out.write(`[${n}/${of}] ${name.padEnd(24)} building, log: ${log}\n`);
            }
            return {
                done(how) {
                    clearInterval(timer);
                    out.write(`${out.isTTY ? "\r\x1b[2K" : ""}${line(how)}\n`);
                },
            };
        },
    };
}

/** Formats milliseconds as `48s` or `6m25s`. */
export function elapsed(ms: number): string {
    const s = Math.round(ms / 1000);
    return s < 60 ? `${s}s` : `${Math.floor(s / 60)}m${String(s % 60).padStart(2, "0")}s`;
}
