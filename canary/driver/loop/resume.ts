/** Continues a rollout whose driver has died, from its journal. */
import { unwrittenWeight } from "../../analysis/record/reduce";
import { type Ended, newPolling, type Run } from "./context";
import { rollBack } from "./rollback";
import { finish, run } from "./run";

/**
 * Continues where the journal ends: with an unfinished rollback, with an unfinished update, or with polling. Requests that were
 * counted before are not counted again; failures since then are counted.
 * @throws Error if the rollout has ended.
 */
export async function resume(parts: Omit<Run, "polling">): Promise<Ended> {
    const { log } = parts;
    const { ended, started, rollback } = log.status;
    if (ended !== undefined) {
        throw new Error(
            `Rollout ${started.id} has ended (${ended.outcome}). To begin another, run \`istio-canary run\`.`,
        );
    }
    const context: Run = { ...parts, polling: newPolling() };
    await log.append({ type: "resumed", found: foundText(context) });
    if (rollback !== undefined) return finish(context, await rollBack(context, rollback.reason));
    return run(context);
}

function foundText({ log: { status } }: Run): string {
    const { rollback, writtenWeight } = status;
    if (rollback !== undefined) return `a rollback was under way: ${rollback.reason}`;
    const unwritten = unwrittenWeight(status);
    if (unwritten !== undefined) return `the update to weight ${unwritten} was under way`;
    return `the rollout was at weight ${writtenWeight}`;
}
