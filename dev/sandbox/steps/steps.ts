// Runs dependent steps, each as soon as its dependencies are done.

export interface Step {
    readonly name: string;
    /** Names of the steps that must be done first. */
    readonly after?: readonly string[];
    /** Runs the step and reports what it waits for through `onWait`. @returns the outcome, for display. */
    run(options: StepOptions): Promise<string>;
}

export interface StepOptions {
    readonly signal: AbortSignal;
    readonly onWait: (reason: string) => void;
}

/** Receives the progress of the steps, for display. */
export interface StepsProgress {
    started(step: string): void;
    waiting(step: string, reason: string): void;
    done(step: string, how: string): void;
    failed(step: string): void;
}

/**
 * @throws the error of the first step that fails, after interrupting the others; Error before anything runs if a step needs
 * one that does not exist, or if the steps form a cycle.
 */
export async function runSteps(
    steps: readonly Step[],
    progress: StepsProgress,
    signal: AbortSignal,
): Promise<void> {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const running = new Map<string, Promise<void>>();
    let failure: { readonly error: unknown } | undefined;
    const runOne = async (step: Step): Promise<void> => {
        await Promise.all((step.after ?? []).map((name) => running.get(name)));
        if (either.aborted) {
            return;
        }
        progress.started(step.name);
        try {
            const onWait = (reason: string) => progress.waiting(step.name, reason);
            progress.done(step.name, await step.run({ signal: either, onWait }));
        } catch (error) {
            // Later errors are mostly steps that the first failure interrupted.
            if (!either.aborted) {
                failure = { error };
                progress.failed(step.name);
                stop.abort();
            }
        }
    };
    for (const step of inOrder(steps)) {
        running.set(step.name, runOne(step));
    }
    await Promise.all(running.values());
    signal.throwIfAborted();
    if (failure !== undefined) {
        throw (failure as { error: unknown }).error;
    }
}

/** The steps in dependency order. */
export function inOrder(steps: readonly Step[]): Step[] {
    const ordered: Step[] = [];
    let rest = [...steps];
    while (rest.length > 0) {
        const done = new Set(ordered.map(({ name }) => name));
        const ready = rest.filter((step) => (step.after ?? []).every((name) => done.has(name)));
        if (ready.length === 0) {
            const stuck = rest.map(({ name, after }) => `"${name}" needs ${after?.join(", ")}`);
            throw new Error(`These steps can never start: ${stuck.join("; ")}.`);
        }
        ordered.push(...ready);
        rest = rest.filter((step) => !ready.includes(step));
    }
    return ordered;
}
