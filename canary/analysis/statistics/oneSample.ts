/** One version against a fixed share of failures: what the bake guard and the SLO guard have in common. */
import type { Arm } from "./counts";
import { logIncrementOver } from "./increment";
import { type MixtureOptions, type MixtureState, mixtureAfter } from "./mixture";

/**
 * The state after one more scrape. A scrape without any requests changes nothing.
 *
 * @param arms what each source saw of the version in this scrape, in any order
 * @param share the failure share, 0–1, that is still right
 * @throws RangeError for a count that is negative or not a number
 */
export function oneSampleAfter(
    state: MixtureState,
    arms: readonly Arm[],
    share: number,
    options: MixtureOptions,
): MixtureState {
    const increments = options.ratios.map((ratio) =>
        arms.reduce((sum, arm) => sum + logIncrementOver(arm, ratio, share), 0),
    );
    const seen = arms.some(({ requests }) => requests > 0);
    return seen ? mixtureAfter(state, increments, options) : state;
}
