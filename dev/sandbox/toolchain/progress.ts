// How a build tells what it does: name, elapsed, n of m; a live line on a terminal, plain lines elsewhere.

export interface BuildProgress {
    /** One step begins; returns what ends it. `n` counts from 1. */
    step(name: string, n: number, of: number, log: string): { done(how: string): void };
    /** A sentence about the work as a whole. */
    say(text: string): void;
}

/** Writes to `out` (stderr, so that a command's own output stays clean); `now` is milliseconds. */
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

/** Milliseconds as a person reads them: `48s`, `6m25s`. */
export function elapsed(ms: number): string {
    const s = Math.round(ms / 1000);
    return s < 60 ? `${s}s` : `${Math.floor(s / 60)}m${String(s % 60).padStart(2, "0")}s`;
}
