/** Goes on with a rollout whose driver has died, from the journal that it left. */
import { type Replayed, replay } from "../../analysis/record/replay";
import type { Ended, Run } from "./context";
import { rollBack } from "./rollback";
import { finish, freshProgress, run } from "./run";

/**
 * Goes on where the journal ends: with the rollback that was decided, with the weight that was begun, or with looking.
 * What was counted before is not counted again, and what failed meanwhile is.
 * @throws Error when the journal's rollout has ended.
 */
export async function resumed(parts: Pick<Run, "ports" | "signal" | "emergency">): Promise<Ended> {
    const { journal } = parts.ports;
    const last = replay(journal.records);
    if (last.ended !== undefined) {
        throw new Error(
            `Rollout ${last.started.id} has ended (${last.ended.outcome}); begin another with: istio-canary run`,
        );
    }
    const context: Run = {
        ...parts,
        about: last.started,
        progress: {
            ...freshProgress(last.started),
            state: last.state,
            cursors: last.cursors,
            weight: last.weight,
            paused: last.paused,
            approved: new Set(last.approved),
        },
    };
    await journal.append({ type: "resumed", found: foundText(last) });
    if (last.rollback !== undefined) {
        const { ended, weight } = await rollBack(context, last.rollback.reason);
        context.progress.weight = weight;
        return finish(context, ended);
    }
    return run(context, last.begun);
}

function foundText({ rollback, begun, weight }: Replayed): string {
    if (rollback !== undefined) return `a rollback was under way: ${rollback.reason}`;
    if (begun !== undefined) return `weight ${begun} had been begun`;
    return `weight ${weight} was being looked at`;
}
