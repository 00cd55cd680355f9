// Ctrl-C in a rollout: the first asks, the second does what is configured. SIGTERM stops, for `istio-canary run --resume`.
import { createInterface } from "node:readline";
import type { Control } from "../../analysis/record/record";
import type { Lease } from "../../driver/ports";

const ANSWERS: Readonly<Record<string, Control>> = { r: "rollback", h: "hold" };

/** Runs `work` with a Lease that also hears this terminal, and a signal that aborts when the process is to stop. */
export async function withInterrupts<T>(
    lease: Lease,
    second: "hold" | "rollback",
    by: string,
    work: (lease: Lease, signal: AbortSignal) => Promise<T>,
): Promise<T> {
    const stop = new AbortController();
    const wishes: { control: Control; by: string }[] = [];
    let asked: { close(): void } | undefined;
    let interrupts = 0;
    const wish = (control: Control) => wishes.push({ control, by: `${by} (this terminal)` });
    const interrupt = () => {
        interrupts++;
        asked?.close();
        asked = undefined;
        if (interrupts > 1) {
            wish(second);
            process.stderr.write(`${second} is next.\n`);
            return;
        }
        process.stderr.write(`Ctrl-C again: ${second}.\n`);
        asked = ask((answer) => {
            const control = ANSWERS[answer];
            if (control === undefined) interrupts = 0;
            else wish(control);
        });
    };
    const terminate = () => stop.abort();
    process.on("SIGINT", interrupt);
    process.on("SIGTERM", terminate);
    process.on("SIGHUP", terminate);
    try {
        return await work(
            {
                acquire: () => lease.acquire(),
                release: () => lease.release(),
                lost: lease.lost,
                show: (status) => lease.show(status),
                controls: async () => [...wishes.splice(0), ...(await lease.controls())],
            },
            stop.signal,
        );
    } finally {
        asked?.close();
        process.off("SIGINT", interrupt);
        process.off("SIGTERM", terminate);
        process.off("SIGHUP", terminate);
    }
}

/** Nobody to ask where there is no terminal. */
function ask(answered: (answer: string) => void): { close(): void } | undefined {
    if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
    const readline = createInterface({ input: process.stdin, output: process.stderr });
    readline.on("SIGINT", () => process.emit("SIGINT"));
    readline.question("Roll back, hold here, or go on? [r/h/g] ", (answer) => {
        readline.close();
        answered(answer.trim().toLowerCase().slice(0, 1));
    });
    return readline;
}
