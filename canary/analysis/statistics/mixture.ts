/** An e-process that does not know how large an effect is, nor at which scrape it begins: the mixture over both. */
import { logAddExp, logMeanExp } from "./logSpace";

export interface MixtureOptions {
    /** Probability, at most, that the evidence ever reaches 1/alpha although nothing is wrong. */
    readonly alpha: number;
    /** The effects that are bet on, with equal weights. */
    readonly ratios: readonly number[];
    /** Scrapes, at least, that it takes to reach 1/alpha. 1 trusts a single scrape. */
    readonly corroboration: number;
    /** Scrapes over which an effect may begin. Later ones are counted, but no new beginning is bet on. */
    readonly maxScrapes: number;
    /** Share of the bet on an effect from the first scrape on, above 0 and at most 1; the others share the rest evenly. */
    readonly firstOnset: number;
    /** How many times more the counts vary than Poisson ones do: 1 or more. */
    readonly dispersion: number;
}

/** Plain JSON, so that a journal can hold it. */
export interface MixtureState {
    /** Scrapes with requests so far. */
    readonly scrapes: number;
    /** ln M of each ratio, in the options' order; empty before the first scrape, where M = 0. */
    readonly logM: readonly number[];
    /** Share of the bet on beginnings that is placed, 0–1. */
    readonly usedOnset: number;
}

export function mixtureStart(): MixtureState {
    return { scrapes: 0, logM: [], usedOnset: 0 };
}

/**
 * The state after one more scrape: M ← (M + γ)·e^min(l/φ, cap) for each ratio, where γ is what is bet on an effect that
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
 * What one scrape may add, in nats: so little that no fewer than `corroboration` of them reach 1/alpha. A single trusted one has no
 * cap: it would hold back the ratios that fit best, and wait for those that do not.
 */
function scrapeCap({ alpha, firstOnset, corroboration }: MixtureOptions): number {
    if (corroboration === 1) return Infinity;
    return (Math.log(1 / alpha) + Math.log(1 / firstOnset) + 0.1) / corroboration;
}

/** ln E, with E the mean of the M and what is not yet bet. Over all scrapes P(E ≥ 1/alpha) ≤ alpha (Ville 1939). */
export function mixtureEvidence({ logM, usedOnset }: MixtureState): number {
    const unused = Math.log(Math.max(0, 1 - usedOnset));
    return logM.length === 0 ? unused : logAddExp(logMeanExp(logM), unused);
}
