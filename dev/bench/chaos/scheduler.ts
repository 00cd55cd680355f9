// Virtual time: a queue of events, each of which runs with all promises that it settles before the next one.
import type { Clock } from "../../../canary/driver/ports";

interface Event {
    readonly at: number;
    /** Breaks ties, so that the order of events never depends on the heap. */
    readonly order: number;
    readonly work: () => void;
    isCancelled: boolean;
}

/** Lets every pending promise reaction run. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

export class Scheduler {
    /** Milliseconds since the simulation began; never goes back. */
    time = 0;
    private order = 0;
    private readonly heap: Event[] = [];

    /** @returns cancels the event. */
    after(milliseconds: number, work: () => void): () => void {
        const at = this.time + Math.max(0, milliseconds);
        const event: Event = { at, order: this.order++, work, isCancelled: false };
        this.push(event);
        return () => {
            event.isCancelled = true;
        };
    }

    wait(milliseconds: number): Promise<void> {
        return new Promise((resolve) => this.after(milliseconds, resolve));
    }

    /** Like `wait`; ends early when `signal` aborts. */
    sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
        if (signal === undefined) return this.wait(milliseconds);
        return new Promise((resolve) => {
            const end = () => {
                signal.removeEventListener("abort", end);
                cancel();
                resolve();
            };
            const cancel = this.after(signal.aborted ? 0 : milliseconds, end);
            signal.addEventListener("abort", end, { once: true });
        });
    }

    /** Runs events until `isOver`, the time limit, or the end of the queue. */
    async run(isOver: () => boolean, limit: number): Promise<void> {
        await settle();
        while (!isOver()) {
            const event = this.pop();
            if (event === undefined || event.at > limit) return;
            if (event.isCancelled) continue;
            this.time = event.at;
            event.work();
            await settle();
        }
    }

    private push(event: Event): void {
        const { heap } = this;
        let index = heap.push(event) - 1;
        while (index > 0) {
            const parent = (index - 1) >> 1;
            if (!isBefore(event, heap[parent] as Event)) break;
            heap[index] = heap[parent] as Event;
            index = parent;
        }
        heap[index] = event;
    }

    private pop(): Event | undefined {
        const { heap } = this;
        const first = heap[0];
        const last = heap.pop();
        if (first === undefined || last === undefined || heap.length === 0) return first;
        let index = 0;
        for (;;) {
            let child = 2 * index + 1;
            if (child >= heap.length) break;
            const right = heap[child + 1];
            if (right !== undefined && isBefore(right, heap[child] as Event)) child++;
            if (!isBefore(heap[child] as Event, last)) break;
            heap[index] = heap[child] as Event;
            index = child;
        }
        heap[index] = last;
        return first;
    }
}

function isBefore(a: Event, b: Event): boolean {
    return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** A new promise each time: one for all would keep whatever has ever waited for it, which are the simulations of all killed drivers. */
const never = () => new Promise<never>(() => undefined);

/** One process of the driver, or of a person. After it dies, no promise of its settles again. */
export class Life {
    isAlive = true;
    /** Whether the API server cannot be reached from this process. */
    isCutOff = false;

    constructor(
        /** `user@host:pid` */
        readonly holder: string,
        readonly host: string,
        readonly pid: number,
        /** Called before and after each call; may kill this process. */
        private readonly step: (life: Life, name: string) => void,
    ) {}

    /** Runs a call to the outside. Once it has begun, it takes effect even if the process dies meanwhile. */
    readonly call = async <T>(name: string, work: () => Promise<T> | T): Promise<T> => {
        if (this.isAlive) this.step(this, name);
        if (!this.isAlive) return never();
        try {
            return await work();
        } finally {
            if (this.isAlive) this.step(this, name);
            // biome-ignore lint/correctness/noUnsafeFinally: a dead process gets neither the result nor the error.
            if (!this.isAlive) return never();
        }
    };
}

/** A process' clock: wall time may jump, the time of a sleep does not. */
export function clockOf(life: Life, scheduler: Scheduler, wallTime: () => number): Clock {
    return {
        now: wallTime,
        elapsed: () => scheduler.time,
        async sleep(milliseconds, signal) {
            if (!life.isAlive) return never();
            await scheduler.sleep(milliseconds, signal);
            return life.isAlive ? undefined : never();
        },
    };
}
