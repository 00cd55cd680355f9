// Signals during a rollout. The first Ctrl-C asks; the second does what the config says. SIGTERM stops the driver for a later resume.
import { createInterface } from "node:readline";
import type { Control } from "../../analysis/record/record";
import type { Lease } from "../../driver/ports";

const ANSWERS: Readonly<Record<string, Control>> = { r: "rollback", h: "hold" };

/** Runs `work` with a Lease that also delivers this terminal's commands, and a signal that aborts when the process must stop. */
export async function withInterrupts<T>(
    lease: Lease,
    onSecond: "hold" | "rollback",
    by: string,
    work: (lease: Lease, signal: AbortSignal) => Promise<T>,
): Promise<T> {
    const stop = new AbortController();
    const controls: { id: string; control: Control; by: string }[] = [];
    let question: { close(): void } | undefined;
    let interrupts = 0;
    const request = (control: Control) =>
        controls.push({ id: "terminal", control, by: `${by} (this terminal)` });
    const interrupt = () => {
        interrupts++;
        question?.close();
        question = undefined;
        if (interrupts > 1) {
            request(onSecond);
            process.stderr.write(`Requested: ${onSecond}.\n`);
            return;
        }
        process.stderr.write(`Press Ctrl-C again to ${ACTION[onSecond]}.\n`);
        question = askOnTerminal((answer) => {
            const control = ANSWERS[answer];
            if (control === undefined) interrupts = 0;
            else request(control);
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
                controls: async () => [...controls.splice(0), ...(await lease.controls())],
                recorded: (id) => lease.recorded(id),
            },
            stop.signal,
        );
    } finally {
        question?.close();
        process.off("SIGINT", interrupt);
        process.off("SIGTERM", terminate);
        process.off("SIGHUP", terminate);
    }
}

const ACTION = { hold: "hold", rollback: "roll back" };

/** @returns undefined without a terminal. */
function askOnTerminal(onAnswer: (answer: string) => void): { close(): void } | undefined {
    if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
    const readline = createInterface({ input: process.stdin, output: process.stderr });
    readline.on("SIGINT", () => process.emit("SIGINT"));
    readline.question("Roll back, hold here, or continue? [r/h/c] ", (answer) => {
        readline.close();
        onAnswer(answer.trim().toLowerCase().slice(0, 1));
    });
    return readline;
}
