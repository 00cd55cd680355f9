// `istio-canary status --watch`: follows a rollout on any machine, from the status on its Lease.
import { isOver } from "../../analysis/record/liveStatus";
import { OUTCOME_TEXT } from "../../analysis/report/wording";
import { durationText, errorMessage, isoTime, oneLine } from "../../analysis/text";
import type { LeaseView } from "../../driver/lease/leaseView";
import type { Clock, LeaseStatus } from "../../driver/ports";
import { createScreen, isScreen, type ScreenOptions } from "../progress/screen";

export interface WatchOptions extends ScreenOptions {
    /** The Lease; undefined if no driver ever ran. @throws Error if the API server does not answer. */
    readonly read: () => Promise<LeaseView | undefined>;
    readonly clock: Clock;
    /** Ends the watch. */
    readonly signal?: AbortSignal;
}

const POLL_MS = 2_000;
/** An unchanged state is printed again after this if there is no terminal. */
const QUIET_MS = 30_000;
/** Without a driver, or without an answer from the API server, the watch ends after this. */
const PATIENCE_MS = 60_000;

/** @returns the exit code: 0 promoted, 1 rolled back, held or not finished. @throws Error if there is nothing to watch. */
export async function watchRollout(options: WatchOptions): Promise<number> {
    const { clock, stream, signal } = options;
    const screen = isScreen(options) ? createScreen({ ...options, now: clock.now }) : undefined;
    const line = plainLine(clock, stream);
    const end = (code: number, text: string) => {
        screen?.stop();
        stream.write(`${oneLine(text)}\n`);
        return code;
    };
    let seenAt = clock.elapsed();
    let last: LeaseStatus | undefined;
    try {
        while (!signal?.aborted) {
            const found = await options.read().catch((error: unknown) => errorMessage(error));
            if (found === undefined || (typeof found === "object" && found.status === undefined)) {
                throw new Error(
                    "No driver has run this rollout. To start one, run `istio-canary run`.",
                );
            }
            const view = typeof found === "object" ? found : undefined;
            last = view?.status ?? last;
            if (view?.live) seenAt = clock.elapsed();
            const missing = clock.elapsed() - seenAt;
            const problem = typeof found === "string" ? found : absence(view, missing);
            if (last !== undefined) {
                if (screen && last.live) screen.show(last.live, problem ? [problem] : []);
                else line(last, problem);
                if (isOver(last)) {
                    const outcome = OUTCOME_TEXT[last.state].toLowerCase();
                    return end(
                        last.state === "promoted" ? 0 : 1,
                        `${last.id}: ${outcome}: ${last.reason}`,
                    );
                }
            }
            if (missing >= PATIENCE_MS) {
                return end(
                    1,
                    `The rollout has not finished: ${problem}. Continue it with \`istio-canary run --resume\`, or roll it back with \`istio-canary rollback\`.`,
                );
            }
            await clock.sleep(POLL_MS, signal);
        }
        return end(1, "The watch has ended; the rollout goes on.");
    } finally {
        screen?.stop();
    }
}

function absence(view: LeaseView | undefined, missing: number): string | undefined {
    if (view === undefined || view.live) return undefined;
    if (view.status && isOver(view.status)) return undefined;
    return `no driver since ${durationText(Math.max(view.age, missing / 1_000))}`;
}

/** Prints a status if it has changed except for its reason, or after a while. */
function plainLine(clock: Clock, stream: NodeJS.WriteStream) {
    let printed = { key: "", at: Number.NEGATIVE_INFINITY };
    return ({ weight, state, reason }: LeaseStatus, problem: string | undefined) => {
        const key = [weight, state, problem !== undefined].join();
        if (key === printed.key && clock.elapsed() - printed.at < QUIET_MS) return;
        printed = { key, at: clock.elapsed() };
        const text = `weight ${weight}: ${state}: ${reason}${problem ? ` (${problem})` : ""}`;
        stream.write(`${isoTime(clock.now())} ${oneLine(text)}\n`);
    };
}
