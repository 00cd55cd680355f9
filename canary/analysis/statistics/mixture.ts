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
    /** Milliseconds; no burst that is as short reaches 1/alpha, however strong it is. Needs the times of the scrapes. Default: 0. */
    readonly burst?: number;
    /** Number of scrapes over which the bets on a later effect are even. Further on, they decrease with the square of the time. */
    readonly maxScrapes: number;
    /** Share of the bet on an effect from the first scrape on, above 0 and at most 1. */
    readonly firstOnset: number;
    /** Variance of the counts as a multiple of the Poisson variance: 1 or more. */
    readonly dispersion: number;
}

/** The state after an earlier scrape. */
interface Past {
    /** Milliseconds; undefined if only the order of the scrapes is known. */
    readonly at?: number;
    readonly logCalm: readonly number[];
    readonly usedOnset: number;
    /** ln E. */
    readonly whole: number;
}

/** Plain JSON, so that a journal can hold it. */
export interface MixtureState {
    /** Scrapes with requests so far. */
    readonly scrapes: number;
    /** ln M of each ratio, in the options' order; empty before the first scrape, where M = 0. */
    readonly logM: readonly number[];
    /** The same without the bursts that are over. */
    readonly logCalm: readonly number[];
    /** The same without the strongest burst since the last one that is over, too: the least that remains without any one burst. */
    readonly logRest: readonly number[];
    /** Whether a strong burst is not over yet. */
    readonly isBurst: boolean;
    /** Number of bursts that are over, since there was no evidence. */
    readonly bursts: number;
    /** Share of the bet that is placed so far, 0–1. */
    readonly usedOnset: number;
    /** The scrapes that a burst which ends now can cover, and the one before them. */
    readonly recent: readonly Past[];
    /** ln E: of all scrapes, without the strongest burst, and before the newest burst. */
    readonly whole: number;
    readonly rest: number;
    readonly earlier: number;
}

export function mixtureStart(): MixtureState {
    const none = { logM: [], logCalm: [], logRest: [], recent: [] };
    const calm = { isBurst: false, bursts: 0 };
    return { scrapes: 0, usedOnset: 0, ...none, ...calm, whole: 0, rest: 0, earlier: 0 };
}

/** Share of the later bets that lie within the first `maxScrapes`. */
const SOON = 0.8;
/** Σ 1/k² */
const BASEL = Math.PI ** 2 / 6;

/**
 * The bet on an effect that begins at this scrape. All bets together are at most 1, however many scrapes there are; because they
 * decrease so slowly, an effect after days costs little more evidence than one after minutes.
 */
function onsetAt(scrape: number, { firstOnset, maxScrapes }: MixtureOptions) {
    if (scrape === 0) return firstOnset;
    const later = 1 - firstOnset;
    const perRound = Math.max(1, maxScrapes - 1);
    const round = Math.floor((scrape - 1) / perRound);
    return round === 0
        ? (SOON * later) / perRound
        : ((1 - SOON) * later) / (BASEL * round ** 2 * perRound);
}

/**
 * The state after one more scrape: M ← (M + γ)·e^(l/φ) for each ratio, where γ is the bet on an effect that begins at this scrape
 * (E-detectors: Shin, Ramdas and Rinaldo 2022). Dividing by φ ≥ 1 keeps E[e^l] ≤ 1.
 *
 * @param increments l of each ratio, over all strata of the scrape, in nats
 * @param at time of the scrape, milliseconds. Default: only the order of the scrapes is known.
 * @param isShared whether this scrape may be of an incident of both versions
 */
export function mixtureAfter(
    state: MixtureState,
    increments: readonly number[],
    options: MixtureOptions,
    at?: number,
    isShared = false,
): MixtureState {
    const onset = onsetAt(state.scrapes, options);
    const logOnset = Math.log(onset);
    const { dispersion } = options;
    const usedOnset = Math.min(1, state.usedOnset + onset);
    const covered = coveredBy(state.recent, options, state.scrapes > 1 || isShared, at);
    const before = covered === 0 ? undefined : state.recent.at(-covered);
    const logM = stepped(state.logM, increments, logOnset, dispersion);
    // The same until a burst is over, and then never again.
    const logCalm =
        state.logCalm === state.logM
            ? logM
            : stepped(state.logCalm, increments, logOnset, dispersion);
    const logRest = stepped(state.logRest, increments, logOnset, dispersion);
    if (covered > 0) leaveOut(logRest, before, usedOnset);
    const whole = evidenceOf(logM, usedOnset);
    const earlier = covered === 0 ? whole : (before?.whole ?? 0);
    const { isBurst, bursts, isOver } = burstAfter(state, whole, whole - earlier, options.alpha);
    const kept = isOver ? logRest : logCalm;
    const newest = { ...(at !== undefined && { at }), logCalm: kept, usedOnset, whole };
    return {
        scrapes: state.scrapes + 1,
        ...{ logM, logCalm: kept, logRest, usedOnset, isBurst, bursts, whole, earlier },
        recent: covered === 0 ? [newest] : [...state.recent.slice(-covered), newest],
        rest: evidenceOf(logRest, usedOnset),
    };
}

/** Leaves out the scrapes after `before` if less remains; of those scrapes, only the bets remain. */
function leaveOut(logRest: number[], before: Past | undefined, usedOnset: number): void {
    const logBets = Math.log(usedOnset - (before?.usedOnset ?? 0));
    for (const [j, rest] of logRest.entries()) {
        logRest[j] = Math.min(rest, logAddExp(before?.logCalm[j] ?? -Infinity, logBets));
    }
}

/** So many bursts in a row that hit only the canary are no chance, even if they hit as many pods of the stable. */
const MOST_BURSTS = 6;

/** Part of the evidence for a rollback that a burst must have added to be left out. Single failures of a weak fault add less. */
const PART_OF_BURST = 0.5;

/**
 * A burst is over once as long a time has added nothing. A fault that lasts is never over.
 * @param added by the scrapes that the longest burst covers
 */
function burstAfter(
    { isBurst, bursts }: MixtureState,
    whole: number,
    added: number,
    alpha: number,
): { readonly isBurst: boolean; readonly bursts: number; readonly isOver: boolean } {
    const isOver = isBurst && added <= 0 && bursts < MOST_BURSTS;
    const counted = bursts + (isOver ? 1 : 0);
    return {
        isBurst: added >= PART_OF_BURST * Math.log(1 / alpha) || (isBurst && added > 0),
        bursts: whole <= 0 ? 0 : counted,
        isOver,
    };
}

function stepped(
    logs: readonly number[],
    increments: readonly number[],
    logOnset: number,
    dispersion: number,
): number[] {
    return increments.map((l, j) => logAddExp(logs[j] ?? -Infinity, logOnset) + l / dispersion);
}

/**
 * The number of scrapes in the longest burst that ends with the newest one: at least as many as may not suffice for a rollback.
 * @param recent the scrapes before it
 */
function coveredBy(
    recent: readonly Past[],
    { burst = 0, corroboration }: MixtureOptions,
    isLater: boolean,
    newest = Number.NaN,
): number {
    if (corroboration === 1) return 0;
    const last = recent.at(-1)?.at ?? Number.NaN;
    let inBurst = newest > newest - burst ? 1 : 0;
    for (const { at = Number.NaN } of recent) if (at > newest - burst) inBurst++;
    // Proxies are scraped at different times, so that even a short burst can be in two samples.
    const isSplit = burst > 0 && isLater && newest - last >= burst;
    return Math.max(isSplit ? 2 : 1, corroboration - 1, inBurst);
}

/** The evidence without the strongest burst must be at least this part of the whole. */
const PART_OF_REST = 0.25;

/** ln E, where E is the mean of the M plus the bet that is not placed yet. Over all scrapes P(E ≥ 1/alpha) ≤ alpha (Ville 1939). */
export function mixtureWhole({ whole }: MixtureState): number {
    return whole;
}

/** The same, but less while most of the evidence comes from a single burst. */
export function mixtureEvidence({ whole, rest }: MixtureState): number {
    return Math.min(whole, rest > 0 ? rest / PART_OF_REST : rest);
}

/** The evidence by which nothing passes: it may come from a burst if that has not been over for long. */
export function mixtureSuspicion(state: MixtureState): number {
    return Math.max(mixtureEvidence(state), mixtureWhole(state) - state.earlier);
}

function evidenceOf(logs: readonly number[], usedOnset: number): number {
    const unused = Math.log(Math.max(0, 1 - usedOnset));
    return logs.length === 0 ? unused : logAddExp(logMeanExp(logs), unused);
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
    at?: number,
): MixtureState {
    const increments = options.ratios.map((ratio) =>
        arms.reduce((sum, arm) => sum + logIncrementOver(arm, ratio, share), 0),
    );
    const hasRequests = arms.some(({ requests }) => requests > 0);
    return hasRequests ? mixtureAfter(state, increments, options, at) : state;
}
