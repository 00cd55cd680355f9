/** An e-process for an effect of unknown size that begins at an unknown scrape: a mixture over both. */
import type { Arm } from "./counts";
import { logIncrementOver } from "./increment";
import { logAddExp, logMeanExp } from "./logSpace";

export interface MixtureOptions {
    /** Maximum probability that the evidence ever reaches 1/alpha although nothing is wrong. */
    readonly alpha: number;
    /** The effect sizes of the mixture, with equal weights. */
    readonly ratios: readonly number[];
    /** Minimum number of scrapes that it takes to reach 1/alpha. 1 trusts a single scrape. */
    readonly corroboration: number;
    /** Number of scrapes at which an effect may begin. Later ones count, but have no bet on an effect that begins there. */
    readonly maxScrapes: number;
    /** Share of the bet on an effect from the first scrape on, above 0 and at most 1. The other scrapes share the rest evenly. */
    readonly firstOnset: number;
    /** Variance of the counts as a multiple of the Poisson variance: 1 or more. */
    readonly dispersion: number;
}

/** Plain JSON, so that a journal can hold it. */
export interface MixtureState {
    /** Scrapes with requests so far. */
    readonly scrapes: number;
    /** ln M of each ratio, in the options' order; empty before the first scrape, where M = 0. */
    readonly logM: readonly number[];
    /** Share of the bet that is placed so far, 0–1. */
    readonly usedOnset: number;
}

export function mixtureStart(): MixtureState {
    return { scrapes: 0, logM: [], usedOnset: 0 };
}

/**
 * The state after one more scrape: M ← (M + γ)·e^min(l/φ, cap) for each ratio, where γ is the bet on an effect that
 * begins at this scrape (E-detectors: Shin, Ramdas and Rinaldo 2022). Dividing by φ ≥ 1 and capping keep E[e^l] ≤ 1.
 *
 * @param increments l of each ratio, over all strata of the scrape, in nats
 */
export function mixtureAfter(
    state: MixtureState,
    increments: readonly number[],
    options: MixtureOptions,
): MixtureState {
    const { dispersion, maxScrapes, firstOnset } = options;
    const laterOnset = maxScrapes > 1 ? (1 - firstOnset) / (maxScrapes - 1) : 0;
    const onset = Math.min(
        state.scrapes === 0 ? firstOnset : laterOnset,
        Math.max(0, 1 - state.usedOnset),
    );
    const logOnset = Math.log(onset);
    const cap = scrapeCap(options);
    return {
        scrapes: state.scrapes + 1,
        logM: increments.map(
            (l, j) =>
                logAddExp(state.logM[j] ?? -Infinity, logOnset) + Math.min(l / dispersion, cap),
        ),
        usedOnset: state.usedOnset + onset,
    };
}

/**
 * Maximum that one scrape adds, in nats, so that it takes at least `corroboration` scrapes to reach 1/alpha. If a single scrape is
 * trusted there is no cap, because it would hold back the ratios that fit best and wait for the others.
 */
function scrapeCap({ alpha, firstOnset, corroboration }: MixtureOptions): number {
    if (corroboration === 1) return Infinity;
    return (Math.log(1 / alpha) + Math.log(1 / firstOnset) + 0.1) / corroboration;
}

/** ln E, where E is the mean of the M plus the bet that is not placed yet. Over all scrapes P(E ≥ 1/alpha) ≤ alpha (Ville 1939). */
export function mixtureEvidence({ logM, usedOnset }: MixtureState): number {
    const unused = Math.log(Math.max(0, 1 - usedOnset));
    return logM.length === 0 ? unused : logAddExp(logMeanExp(logM), unused);
}

/**
 * For a test of one version against a fixed failure share: the state after one more scrape. A scrape without any requests changes
 * nothing.
 *
 * @param arms counts of the version from each source in this scrape, in any order
 * @param share the acceptable failure share, 0–1
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
    const hasRequests = arms.some(({ requests }) => requests > 0);
    return hasRequests ? mixtureAfter(state, increments, options) : state;
}
