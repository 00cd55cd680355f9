// The journals that a command reads. Needs no cluster and no state, so that the reports of a destroyed stack can be written.
import { type JournalPlace, listJournals, readSubject } from "../../driver/journal/journal";
import type { RolloutName } from "../../driver/selectRollout";
import { chooseRollout } from "../chooseRollout";
import { findProject } from "../project";
import type { RolloutFlags } from "../stackCommand";

/**
 * @param without the journals of which rollouts, if the flags name none: the only one, or all.
 * @throws NotSelected
 */
export async function journalsOf(
    flags: RolloutFlags,
    without: "one" | "all",
): Promise<JournalPlace> {
    const { directory, stack } = await findProject(flags.stack);
    const all: JournalPlace = { project: directory, stack };
    if (flags.rollout === undefined && without === "all") return all;
    const rollouts = await subjectsOf(all);
    if (rollouts.length === 0) return all;
    return { ...all, rollout: await chooseRollout(rollouts, flags.rollout, stack) };
}

/** The rollouts that have journals, each with the name in its newest one. */
async function subjectsOf(place: JournalPlace): Promise<RolloutName[]> {
    const subjects = new Map<string, RolloutName>();
    for (const id of await listJournals(place)) {
        const subject = await readSubject(place, id);
        if (subject === undefined) continue;
        const key = `${subject.namespace}/${subject.app}`;
        subjects.set(key, subjects.get(key) ?? subject);
    }
    return [...subjects.values()];
}
