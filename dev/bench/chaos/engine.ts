// Pulumi: the stack's config file and lock, previews, and updates that write the route on their way.
import type { EngineResult } from "../../../canary/driver/ports";
import { type ApiServer, RETRY_MS } from "./apiServer";
import type { Luck } from "./luck";
import type { Life, Scheduler } from "./scheduler";

export interface EngineFaults {
    /** Probability that a preview or an update fails, before or after the write. */
    readonly failing: number;
    /** Probability that the policy pack refuses a preview. */
    readonly refusing: number;
    /** Probability that an update hangs for up to a minute. */
    readonly slow: number;
    /** Probability that the config file cannot be read or written. */
    readonly config: number;
    /** Whether an update outlives its killed driver. */
    readonly orphans: boolean;
}

interface Operation {
    readonly owner: Life;
    isKilled: boolean;
}

type Failure = Extract<EngineResult, { ok: false }>;

/** How long a hanging update adds, at most. */
const HANG_MS = 60_000;

export class Engine {
    /** The weight in the stack's config file. */
    configured = 0;
    private lock: Operation | undefined;
    /** Planted bug: a rollback does not write the config. */
    keepsConfig = false;

    constructor(
        private readonly scheduler: Scheduler,
        private readonly api: ApiServer,
        private readonly luck: Luck,
        private readonly faults: EngineFaults,
        private readonly onFault: (name: string, cost: number) => void,
    ) {}

    get isLocked(): boolean {
        return this.lock !== undefined;
    }

    /** Called when a process dies: its updates die too, and leave the lock, or go on. */
    abandon(owner: Life, isPowerCut: boolean): void {
        if (this.lock?.owner !== owner) return;
        if (isPowerCut || !this.faults.orphans) this.lock.isKilled = true;
    }

    /** @returns releases the lock; undefined if somebody else has it. */
    lockFor(owner: Life, isDead: boolean): (() => void) | undefined {
        if (this.lock !== undefined) return undefined;
        const operation: Operation = { owner, isKilled: isDead };
        owner.isAlive = !isDead;
        this.lock = operation;
        return () => {
            if (this.lock === operation) this.lock = undefined;
        };
    }

    readWeight(): number {
        this.failSometimes("EIO: i/o error, read");
        return this.configured;
    }

    writeWeight(weight: number): void {
        this.failSometimes("ENOSPC: no space left on device, write");
        if (this.keepsConfig && weight === 0) return;
        this.configured = weight;
    }

    unlock(): { readonly cleared: boolean; readonly reason: string } {
        const { lock } = this;
        if (lock === undefined) return { cleared: false, reason: "the lock has no holder" };
        const { holder, isAlive } = lock.owner;
        // An orphan is a process of its own, and alive.
        if (isAlive || !lock.isKilled) {
            return { cleared: false, reason: `the stack is locked by ${holder}, which is running` };
        }
        this.lock = undefined;
        return {
            cleared: true,
            reason: `cleared the stack's lock: its holder ${holder} has ended`,
        };
    }

    async preview(owner: Life, signal?: AbortSignal): Promise<EngineResult> {
        const { luck, faults } = this;
        const seconds = luck.between(0.5, 2);
        return this.locked(owner, seconds, async () => {
            await this.scheduler.sleep(1_000 * seconds, signal);
            if (signal?.aborted) return failure("failed", "interrupted");
            if (luck.chance(faults.refusing)) return failure("refused", "http-timeout: no timeout");
            if (luck.chance(faults.failing)) return failure("failed", "the backend is down");
            return undefined;
        });
    }

    /** The weight is read when the update begins, and written somewhere in its middle. */
    async update(owner: Life, signal?: AbortSignal): Promise<EngineResult> {
        const { luck, faults } = this;
        const wanted = this.configured;
        const seconds = luck.between(1, 4);
        return this.locked(owner, seconds, async (operation) => {
            const [before, after] = [luck.between(0.2, 0.8) * seconds, 0.2 * seconds];
            await this.hang();
            await this.scheduler.sleep(1_000 * before, signal);
            if (signal?.aborted) return failure("failed", "interrupted");
            if (luck.chance(faults.failing)) return failure("failed", "the provider crashed");
            if (operation.isKilled) return failure("failed", "killed");
            try {
                this.api.writeWeight(wanted, owner.holder);
            } catch (error) {
                await this.scheduler.wait(luck.between(100, 10_000));
                return failure("failed", (error as Error).message);
            }
            await this.hang();
            await this.scheduler.sleep(1_000 * after, signal);
            if (signal?.aborted) return failure("failed", "interrupted");
            if (luck.chance(faults.failing)) {
                return failure("failed", "Deployment web-v2 is not ready");
            }
            return undefined;
        });
    }

    private failSometimes(message: string): void {
        if (!this.luck.chance(this.faults.config)) return;
        this.onFault("the config file fails", RETRY_MS);
        throw new Error(`Pulumi.dev.yaml: ${message}`);
    }

    private async hang(): Promise<void> {
        if (!this.luck.chance(this.faults.slow)) return;
        const milliseconds = this.luck.between(1_000, HANG_MS);
        this.onFault("the engine hangs", milliseconds);
        await this.scheduler.wait(milliseconds);
    }

    /** @param work gives undefined if it succeeds. */
    private async locked(
        owner: Life,
        seconds: number,
        work: (operation: Operation) => Promise<Failure | undefined>,
    ): Promise<EngineResult> {
        if (this.lock !== undefined) {
            const { holder } = this.lock.owner;
            await this.scheduler.wait(this.luck.between(200, 800));
            return failure("locked", `the stack is locked by ${holder}`);
        }
        const operation: Operation = { owner, isKilled: false };
        this.lock = operation;
        const failed = await work(operation);
        if (failed !== undefined)
            this.onFault(`the engine fails: ${failed.reason}`, RETRY_MS + 5_000);
        if (!operation.isKilled && this.lock === operation) this.lock = undefined;
        return failed ?? { ok: true, seconds, notes: [] };
    }
}

function failure(why: Failure["why"], reason: string): Failure {
    return { ok: false, why, reason, seconds: 1 };
}
