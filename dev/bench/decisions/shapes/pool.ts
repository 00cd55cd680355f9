// Runs tasks on worker threads, in order.
import path from "node:path";
import { Worker } from "node:worker_threads";
import type { Outcome } from "./drive";
import { perform, type Task } from "./tasks";

/** Node.js 20 loads no TypeScript as the entry of a worker, so the entry loads it. */
const ENTRY = ["tsx/cjs", path.join(__dirname, "worker.ts")]
    .map((name) => `require(${JSON.stringify(require.resolve(name))});`)
    .join("\n");

export interface Pool {
    run(task: Task): Promise<Outcome[]>;
    close(): Promise<void>;
}

interface Waiting {
    readonly task: Task;
    readonly resolve: (outcomes: Outcome[]) => void;
    readonly reject: (error: Error) => void;
}

export function poolOf(threads: number): Pool {
    const waiting: Waiting[] = [];
    const workers = Array.from({ length: threads }, () => {
        const worker = new Worker(ENTRY, { eval: true, execArgv: [] });
        return { worker, current: undefined as Waiting | undefined };
    });
    const feed = () => {
        for (const one of workers) {
            if (one.current !== undefined) continue;
            one.current = waiting.shift();
            if (one.current !== undefined) one.worker.postMessage(one.current.task);
        }
    };
    for (const one of workers) {
        one.worker.on("message", (outcomes: Outcome[]) => {
            one.current?.resolve(outcomes);
            one.current = undefined;
            feed();
        });
        one.worker.on("error", (error) => {
            one.current?.reject(error);
        });
    }
    return {
        run: (task) =>
            new Promise((resolve, reject) => {
                waiting.push({ task, resolve, reject });
                feed();
            }),
        close: async () => {
            await Promise.all(workers.map(({ worker }) => worker.terminate()));
        },
    };
}

/** Runs tasks in this thread. */
export function localPool(): Pool {
    return { run: async (task) => perform(task), close: async () => {} };
}
