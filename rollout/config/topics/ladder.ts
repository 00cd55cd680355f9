/** The ladder: the weights of a rollout's phases, in order. */

export const DEFAULT_LADDER = [10, 25, 50, 100];

/** The first weight of the ladder above a share; 100 when there is none. */
export function nextStep(ladder: readonly number[], share: number): number {
    return ladder.find((step) => step > share) ?? 100;
}
