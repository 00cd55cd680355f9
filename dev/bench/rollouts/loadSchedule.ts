// Many rollouts on a small machine: the demanding ones by themselves, then as many at a time as its cores bear, the longest first.

export interface Job {
    /** What it takes of the machine, in lanes at full rate. */
    readonly load: number;
    /** Jobs of one group, of which only so many may run at a time. */
    readonly group: string;
    readonly atOnce: number;
    /** How long it is expected to take. */
    readonly minutes: number;
    readonly run: () => Promise<void>;
}

/** Runs all jobs: those that need more than one lane before any other, then those of the slowest group; one that throws ends it all, once those that run have ended. None starts after an abort. */
export async function runAll(
    jobs: readonly Job[],
    capacity: number,
    signal: AbortSignal,
): Promise<void> {
    const demanding = ({ load }: Job) => load > 1;
    const waiting = [...jobs].sort((a, b) => chain(b, jobs) - chain(a, jobs));
    const running = new Map<Job, Promise<void>>();
    const fits = (job: Job) => {
        const others = [...running.keys()];
        if (!demanding(job) && [...others, ...waiting].some(demanding)) return false;
        const load = others.reduce((sum, other) => sum + other.load, 0);
        const alike = others.filter(({ group }) => group === job.group).length;
        return others.length === 0 || (load + job.load <= capacity && alike < job.atOnce);
    };
    try {
        while (waiting.length > 0 || running.size > 0) {
            signal.throwIfAborted();
            for (let next = waiting.find(fits); next !== undefined; next = waiting.find(fits)) {
                const job = next;
                waiting.splice(waiting.indexOf(job), 1);
                running.set(
                    job,
                    job.run().finally(() => running.delete(job)),
                );
            }
            await Promise.race(running.values());
        }
    } finally {
        await Promise.allSettled(running.values());
    }
}

/** Minutes that a job's whole group takes, one after another as far as it must be; at least the job's own. */
function chain({ group, atOnce, minutes }: Job, jobs: readonly Job[]): number {
    const alike = jobs.filter((job) => job.group === group);
    return Math.max(minutes, alike.reduce((sum, job) => sum + job.minutes, 0) / atOnce);
}

/** Lets `count` at a time through, in the order of asking. */
export function gate(count: number): <T>(work: () => Promise<T>) => Promise<T> {
    const queue: (() => void)[] = [];
    let free = count;
    return async (work) => {
        if (free === 0) await new Promise<void>((resolve) => queue.push(resolve));
        else free -= 1;
        try {
            return await work();
        } finally {
            const next = queue.shift();
            if (next === undefined) free += 1;
            else next();
        }
    };
}
