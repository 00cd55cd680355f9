// Progress of `up`: a live view of the running steps on a terminal, plain lines elsewhere.
import type { StepsProgress } from "./steps";

/** Milliseconds between plain lines about a step that is still waiting. */
const repeatInterval = 10_000;

export interface StreamProgress extends StepsProgress {
    /** Stops drawing. Call it before writing anything else. */
    end(): void;
}

interface Running {
    readonly since: number;
    reason: string;
    lastPrinted: number;
}

/** `out` defaults to stderr, which keeps the command's stdout clean. `now` returns milliseconds. */
export function stepsProgress(
    out: NodeJS.WriteStream = process.stderr,
    now: () => number = Date.now,
): StreamProgress {
    const running = new Map<string, Running>();
    let drawn = 0;
    const erase = () => {
        if (drawn > 0) {
            out.write(`\x1b[${drawn}A\x1b[J`);
            drawn = 0;
        }
    };
    const draw = () => {
        erase();
        for (const [name, { since, reason }] of running) {
            const text = `  … ${line(name, now() - since, reason)}`;
            out.write(`${text.slice(0, (out.columns || 100) - 1)}\n`);
            drawn += 1;
        }
    };
    const timer = out.isTTY ? setInterval(draw, 200) : undefined;
    const finish = (mark: string, name: string, how: string) => {
        const since = running.get(name)?.since ?? now();
        running.delete(name);
        erase();
        out.write(`  ${mark} ${line(name, now() - since, how)}\n`);
    };
    return {
        started(name) {
            running.set(name, { since: now(), reason: "", lastPrinted: now() });
        },
        waiting(name, reason) {
            const step = running.get(name);
            if (step === undefined) {
                return;
            }
            step.reason = reason;
            if (!out.isTTY && now() - step.lastPrinted >= repeatInterval) {
                step.lastPrinted = now();
                out.write(`  … ${line(name, now() - step.since, reason)}\n`);
            }
        },
        done: (name, how) => finish("✓", name, how),
        failed: (name) => finish("✗", name, "failed"),
        end() {
            clearInterval(timer);
            erase();
        },
    };
}

function line(name: string, milliseconds: number, text: string): string {
    const seconds = `${(milliseconds / 1000).toFixed(1)}s`;
    return `${name.padEnd(24)} ${seconds.padStart(7)}  ${text}`;
}
