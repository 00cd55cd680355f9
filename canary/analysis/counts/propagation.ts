/** Whether callers' sidecars use a new weight, judged by the requests that they send after it was written. */
import type { Slot } from "../../../rollout/config/slots";
import { proportionInterval, z9999 } from "../statistics/proportionInterval";
import type { Series } from "./observation";
import { bySource, growth, newestSample, wholeScrapes } from "./scrapes";

export interface WrittenWeight {
    /** Percentage of requests that the canary should get. */
    readonly weight: number;
    /** When it was written, milliseconds since the epoch. */
    readonly since: number;
    readonly canary: Slot;
    readonly stable: Slot;
}

export interface PropagationState {
    /** `unknown`: callers send no requests, and istiod is not scraped. */
    readonly state: "done" | "pending" | "unknown";
    /** A sentence with the numbers behind it. */
    readonly evidence: string;
}

/** Requests of one source between two scrapes. */
interface Split {
    readonly source: string;
    readonly from: number;
    readonly to: number;
    readonly canary: number;
    readonly all: number;
}

/**
 * With requests: `done` if the 99.99 % interval (Wilson) of the canary's share, over the newest scrapes that lie wholly after the
 * write, contains the weight, for each source and for all together. It must not contain the previous share, unless that is too close
 * to the weight. Targets, sticky users and stable-only paths bypass the weight, so a share that moved and then stayed is `done` too.
 *
 * Without requests: `done` if istiod has pushed since the write (`pilot_proxy_convergence_time`), and not in the last scrape.
 *
 * @param requests of `istio_requests_total`, reporter source
 * @param pushes of `pilot_proxy_convergence_time_count`
 */
export function propagation(
    requests: readonly Series[],
    pushes: readonly Series[],
    written: WrittenWeight,
): PropagationState {
    const splits = splitsOf(requests, written);
    const after = splits.filter(({ from }) => from >= written.since);
    const sent = sum(splits).all;
    if (sent === 0) return pushedSince(pushes, written);
    if (newestSample(requests) <= written.since) {
        // The callers are gone, or not scraped again yet.
        const found = pushedSince(pushes, written);
        return found.state === "done" ? found : pending("no scrape since the weight was written");
    }
    if (after.length === 0) return pending("fewer than two scrapes since the weight was written");
    if (sum(after).all === 0) return pushedSince(pushes, written);
    return shareReached(splits, after, written);
}

function shareReached(
    splits: readonly Split[],
    after: readonly Split[],
    { weight, since }: WrittenWeight,
): PropagationState {
    const newest = latest(after);
    const share = weight / 100;
    const current = sum(newest);
    if (current.all === 0) return pending("no requests in the newest scrape");
    const text = `${sharePercent(current)} of ${current.all} requests went to the canary`;
    const before = sum(splits.filter(({ to }) => to <= since));
    const previousShare = before.all === 0 ? undefined : before.canary / before.all;
    const hasMoved = previousShare === undefined || !isIn(previousShare, current);
    const isDistinct =
        previousShare !== undefined && Math.abs(previousShare - share) >= MIN_DIFFERENCE;
    if ([...newest, current].every((split) => isIn(share, split))) {
        if (hasMoved || !isDistinct) return done(`${text}; the weight is ${weight} %`);
        return pending(
            `${text}: too few to distinguish ${weight} % from the previous ${sharePercent(before)}`,
        );
    }
    // After the write, but before each caller's newest scrape.
    const earlier = sum(after.filter((split) => !newest.includes(split)));
    const hasStayed = earlier.all > 0 && isIn(earlier.canary / earlier.all, current);
    if (previousShare !== undefined && hasMoved && hasStayed) {
        const why = "targets, sticky users or stable-only paths bypass it";
        return done(
            `${text}, previously ${sharePercent(before)}; the weight is ${weight} %, but ${why}`,
        );
    }
    return pending(`${text}; the weight is ${weight} %`);
}

/** Closer shares are not distinguished, because that would take too many requests. */
const MIN_DIFFERENCE = 0.04;

function pushedSince(pushes: readonly Series[], { since }: WrittenWeight): PropagationState {
    if (pushes.length === 0) {
        return { state: "unknown", evidence: "no requests, and istiod is not scraped" };
    }
    const scrapes = [...bySource(pushes).values()].flatMap((own) => {
        const times = wholeScrapes(own);
        return growth(own, Number.NEGATIVE_INFINITY).map(({ at, grown }) => ({
            at,
            from: times[times.indexOf(at) - 1] ?? at,
            by: grown.reduce((all, { by }) => all + by, 0),
        }));
    });
    const after = scrapes.filter(({ at }) => at > since);
    const all = after.reduce((count, { by }) => count + by, 0);
    if (all === 0) return pending("no requests, and istiod has pushed nothing yet");
    const newest = Math.max(...after.map(({ at }) => at));
    const quiet = after.filter(({ at, from }) => at === newest && from >= since);
    if (quiet.length === 0 || quiet.some(({ by }) => by > 0)) {
        return pending("no requests; istiod is still pushing");
    }
    return done(
        `no requests; istiod has updated ${all} proxies since the write and none in the last scrape`,
    );
}

function splitsOf(requests: readonly Series[], { canary, stable }: WrittenWeight): Split[] {
    return [...bySource(requests)].flatMap(([source, own]) => {
        const times = wholeScrapes(own);
        return growth(own, Number.NEGATIVE_INFINITY).map(({ at, grown }) => {
            const of = (slot: Slot) =>
                grown
                    .filter(({ labels }) => labels.destination_version === slot)
                    .reduce((all, { by }) => all + by, 0);
            const toCanary = of(canary);
            const from = times[times.indexOf(at) - 1] ?? at;
            return { source, from, to: at, canary: toCanary, all: toCanary + of(stable) };
        });
    });
}

/** The newest split of each source. */
function latest(splits: readonly Split[]): readonly Split[] {
    const newest = new Map<string, Split>();
    for (const split of splits) {
        const known = newest.get(split.source);
        if (known === undefined || known.to < split.to) newest.set(split.source, split);
    }
    return [...newest.values()];
}

type Share = Pick<Split, "canary" | "all">;

function sum(splits: readonly Share[]): Share {
    return splits.reduce(
        (total, { canary, all }) => ({ canary: total.canary + canary, all: total.all + all }),
        { canary: 0, all: 0 },
    );
}

function isIn(share: number, { canary, all }: Share): boolean {
    const { low, high } = proportionInterval(canary, all, z9999);
    return low <= share && share <= high;
}

function sharePercent({ canary, all }: Share): string {
    return `${((100 * canary) / all).toFixed(1)} %`;
}

const done = (evidence: string): PropagationState => ({ state: "done", evidence });
const pending = (evidence: string): PropagationState => ({ state: "pending", evidence });
