// Runs steps that depend on each other, each as soon as those that it needs are done.

export interface Step {
    readonly name: string;
    /** Names of the steps that must be done first. */
    readonly after?: readonly string[];
    /** Does it; says with `onWait` what it waits for. @returns how it went, for people. */
    run(options: StepOptions): Promise<string>;
}

export interface StepOptions {
    readonly signal: AbortSignal;
    readonly onWait: (reason: string) => void;
}

/** What happens to a step, for people to see. */
export interface StepsProgress {
    started(step: string): void;
    waiting(step: string, reason: string): void;
    done(step: string, how: string): void;
    failed(step: string): void;
}

/**
 * @throws the failure of the step that failed first (the others are then interrupted); Error when a step needs one that is
 * not listed before it.
 */
export async function runSteps(
    steps: readonly Step[],
    progress: StepsProgress,
    signal: AbortSignal,
): Promise<void> {
    checkOrder(steps);
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    let failure: { readonly error: unknown } | undefined;
    const running = new Map<string, Promise<boolean>>();
    const start = async (step: Step): Promise<boolean> => {
        const needed = await Promise.all((step.after ?? []).map((name) => running.get(name)));
        if (either.aborted || needed.includes(false)) {
            return false;
        }
        progress.started(step.name);
        try {
            const onWait = (reason: string) => progress.waiting(step.name, reason);
            progress.done(step.name, await step.run({ signal: either, onWait }));
            return true;
        } catch (error) {
            // What comes after the first failure is mostly its echo: a step that was interrupted.
            if (!either.aborted) {
                failure = { error };
                progress.failed(step.name);
                stop.abort();
            }
            return false;
        }
    };
    for (const step of steps) {
        running.set(step.name, start(step));
    }
    await Promise.all(running.values());
    signal.throwIfAborted();
    if (failure !== undefined) {
        throw (failure as { error: unknown }).error;
    }
}

/** Steps are listed in an order in which they could run one by one. */
function checkOrder(steps: readonly Step[]): void {
    const seen = new Set<string>();
    for (const step of steps) {
        const unknown = (step.after ?? []).filter((name) => !seen.has(name));
        if (unknown.length > 0) {
            throw new Error(
                `Step "${step.name}" needs ${unknown.map((n) => `"${n}"`).join(", ")}, which no step before it is called.`,
            );
        }
        seen.add(step.name);
    }
}
