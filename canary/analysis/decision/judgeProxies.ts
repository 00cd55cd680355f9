/** Whether the proxies' own counters are overwhelming evidence against the canary. They can only end in a rollback. */
import type { ProxyReading } from "../counts/proxyCounts";
import {
    harmAfter,
    harmEvidence,
    harmStart,
    mixtureWhole,
    sloAfter,
    sloStart,
} from "../statistics";
import type { Counts } from "../statistics/counts";
import { addArms, sumCounts } from "../statistics/counts";
import { countText, durationText, numberText, oddsText } from "../text";
import { addedOptions, grossOptions, type RolloutSettings } from "./rolloutSettings";

export interface ProxyVerdict {
    readonly action: "rollback" | "hold";
    readonly reason: string;
    /** ln E of the stronger side, and the limit that it must reach. */
    readonly evidence: number;
    readonly limit: number;
}

/** Readings that a verdict rests on: evidence does not pool over a long phase, so a long hold hides nothing and adds nothing. */
export const PROXY_READINGS = 15;

/**
 * How many readings must agree. A burst of two seconds, in which most of the canary's requests fail, is in three readings; one of
 * ten seconds, in which fewer fail, is in eleven.
 */
const SEVERE = { share: 0.5, readings: 4 };
const READINGS = 12;

/** More dispersion than this explains no failures of most requests for seconds. */
const MAX_DISPERSION = 5;

/**
 * Pure: the same readings give the same verdict. The callers' counters and the versions' own ones are two tests, because they count
 * the same requests. At weight 100, and without requests to both versions, there is nothing to compare, so the verdict is `hold`.
 * @param readings the newest ones, in ascending order of time; at most `PROXY_READINGS` are used.
 */
export function judgeProxies(
    settings: RolloutSettings,
    readings: readonly ProxyReading[],
): ProxyVerdict {
    const recent = readings.slice(-PROXY_READINGS);
    const { odds = Number.POSITIVE_INFINITY } = settings.analysis.proxies ?? {};
    const limit = Math.log(odds);
    const sides = [
        { by: "the callers' proxies", strata: recent.map(({ sent }) => sent) },
        { by: "the versions' own proxies", strata: recent.map(({ received }) => [received]) },
    ].map((side) => ({ ...side, evidence: evidenceOf(settings, side.strata, odds) }));
    const strongest = sides.reduce((a, b) => (b.evidence > a.evidence ? b : a));
    const { by, strata, evidence } = strongest;
    const { canary, stable } = sumCounts(strata.flat());
    const text = (arm: Counts["canary"]) =>
        `${numberText(arm.failed)} of ${numberText(arm.requests)}`;
    const first = recent[0]?.at ?? 0;
    const span = durationText(((recent.at(-1)?.at ?? first) - first) / 1_000);
    const reason = `${text(canary)} canary requests and ${text(stable)} stable requests failed within ${span}, as counted by ${by} in ${countText(recent.length, "reading")}; odds ${oddsText(evidence)} to 1, rollback at ${oddsText(limit)}`;
    if (evidence < limit) return { action: "hold", reason, evidence, limit };
    const fails = "errors: the canary fails more than the stable";
    return { action: "rollback", reason: `${fails}: ${reason}`, evidence, limit };
}

/** ln E over these readings; 0 while too few of them agree. */
function evidenceOf(
    settings: RolloutSettings,
    readings: readonly (readonly Counts[])[],
    odds: number,
): number {
    const canaries = readings.map((strata) => sumCounts(strata).canary);
    if (!agrees(canaries.filter(({ requests }) => requests > 0))) return 0;
    const options = {
        ...grossOptions(settings),
        alpha: 1 / odds,
        // `agrees` asks for more than the test's own bound on the share of one scrape.
        corroboration: 1,
        maxScrapes: PROXY_READINGS,
        dispersion: Math.min(settings.dispersion, MAX_DISPERSION),
    };
    const state = readings.reduce(
        (before, strata) => harmAfter(before, strata, options),
        harmStart(),
    );
    return Math.min(harmEvidence(state), addedEvidence(settings, readings));
}

/** ln E that both versions together fail more than usual; infinite if failures do not come in clusters. */
function addedEvidence(
    settings: RolloutSettings,
    readings: readonly (readonly Counts[])[],
): number {
    const { usual } = settings;
    if (usual === undefined) return Number.POSITIVE_INFINITY;
    const options = addedOptions(settings, usual);
    const both = readings.map((strata) =>
        strata.map(({ canary, stable }) => addArms(canary, stable)),
    );
    return mixtureWhole(both.reduce((state, arms) => sloAfter(state, arms, options), sloStart()));
}

/** @param answered the canary's counts of the readings in which it had requests. A canary that has recovered is left to the slower tests. */
function agrees(answered: readonly Counts["canary"][]): boolean {
    if ((answered.at(-1)?.failed ?? 0) === 0) return false;
    const newest = answered.slice(-SEVERE.readings);
    const isSevere = ({ requests, failed }: Counts["canary"]) => failed >= SEVERE.share * requests;
    if (newest.length === SEVERE.readings && newest.every(isSevere)) return true;
    return answered.filter(({ failed }) => failed > 0).length >= READINGS;
}
