// Runs tasks on worker threads, in order.
import { Worker } from "node:worker_threads";

export interface Pool<Task, Result> {
    run(task: Task): Promise<Result>;
    close(): Promise<void>;
}

interface Waiting<Task, Result> {
    readonly task: Task;
    readonly resolve: (result: Result) => void;
    readonly reject: (error: Error) => void;
}

/**
 * @param file with the function that performs a task
 * @param perform name of that function
 */
export function poolOf<Task, Result>(
    threads: number,
    file: string,
    perform: string,
): Pool<Task, Result> {
    // Node.js 20 loads no TypeScript as the entry of a worker, so the entry loads it.
    const [tsx, code] = ["tsx/cjs", file].map((name) => JSON.stringify(require.resolve(name)));
    const entry = `require(${tsx});
        const { ${perform} } = require(${code});
        const { parentPort } = require("node:worker_threads");
        parentPort.on("message", (task) => parentPort.postMessage(${perform}(task)));`;
    const waiting: Waiting<Task, Result>[] = [];
    const workers = Array.from({ length: threads }, () => {
        const worker = new Worker(entry, { eval: true, execArgv: [] });
        return { worker, current: undefined as Waiting<Task, Result> | undefined };
    });
    const feed = () => {
        for (const one of workers) {
            if (one.current !== undefined) continue;
            one.current = waiting.shift();
            if (one.current !== undefined) one.worker.postMessage(one.current.task);
        }
    };
    for (const one of workers) {
        one.worker.on("message", (result: Result) => {
            one.current?.resolve(result);
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
export function localPool<Task, Result>(perform: (task: Task) => Result): Pool<Task, Result> {
    return { run: async (task) => perform(task), close: async () => {} };
}
