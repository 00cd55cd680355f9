// Turns SIGINT, SIGTERM and SIGHUP into an AbortSignal, so that work in progress is undone before the process ends.

export class Interrupted extends Error {
    override readonly name = "Interrupted";
}

/** Runs `work`. The first SIGINT, SIGTERM or SIGHUP aborts its signal; later ones are ignored. */
export async function abortOnSignal<T>(
    onInterrupt: () => void,
    work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
    const controller = new AbortController();
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    const interrupt = (name: NodeJS.Signals) => {
        if (!controller.signal.aborted) {
            onInterrupt();
            controller.abort(new Interrupted(`Interrupted by ${name}.`));
        }
    };
    for (const name of signals) {
        process.on(name, interrupt);
    }
    try {
        return await work(controller.signal);
    } finally {
        for (const name of signals) {
            process.off(name, interrupt);
        }
    }
}
