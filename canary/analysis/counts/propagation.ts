/** Whether the callers' sidecars have a weight, by what is seen of them after it was written. */
import type { Slot } from "../../../rollout/config/topics/roles";
import { proportionInterval, z9999 } from "../statistics/proportionInterval";
import type { Series } from "./observation";
import { bySource, growth, newestSample, wholeScrapes } from "./scrapes";

export interface Routing {
    /** Percentage of requests that the canary is to get. */
    readonly weight: number;
    /** When it was written, milliseconds since the epoch. */
    readonly since: number;
    readonly canary: Slot;
    readonly stable: Slot;
}

export interface Routed {
    /** cannotTell: nobody sends, and istiod does not tell either. */
    readonly answer: "yes" | "notYet" | "cannotTell";
    /** A sentence with what it rests on. */
    readonly how: string;
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
 * With requests: the share of the newest scrapes that lie wholly after the write has the weight in its 99.99 % interval (Wilson),
 * for each source that is scraped and for all together, and not the share of before, unless that is too near. Targets, sticky users
 * and paths of the stable's own go past the weight: a share that has moved and then stayed will do, too.
 *
 * Without: istiod has pushed since (`pilot_proxy_convergence_time`), and then no more for a scrape.
 *
 * @param requests of `istio_requests_total`, reporter source
 * @param pushes of `pilot_proxy_convergence_time_count`
 */
export function routed(
    requests: readonly Series[],
    pushes: readonly Series[],
    routing: Routing,
): Routed {
    const splits = splitsOf(requests, routing);
    const after = splits.filter(({ from }) => from >= routing.since);
    const sent = sum(splits).all;
    if (sent === 0) return pushed(pushes, routing);
    if (newestSample(requests) <= routing.since) {
        // The callers are gone, or not scraped again yet.
        const told = pushed(pushes, routing);
        return told.answer === "yes" ? told : notYet("no scrape since the weight was written");
    }
    if (after.length === 0) return notYet("no two scrapes since the weight was written");
    if (sum(after).all === 0) return pushed(pushes, routing);
    return shared(splits, after, routing);
}

function shared(
    splits: readonly Split[],
    after: readonly Split[],
    { weight, since }: Routing,
): Routed {
    const newest = latest(after);
    const share = weight / 100;
    const now = sum(newest);
    if (now.all === 0) return notYet("no requests in the newest scrape");
    const text = `${percent(now)} of ${now.all} requests went to the canary`;
    const before = sum(splits.filter(({ to }) => to <= since));
    const past = before.all === 0 ? undefined : before.canary / before.all;
    const moved = past === undefined || !isIn(past, now);
    const apart = past !== undefined && Math.abs(past - share) >= NEAREST;
    if ([...newest, now].every((split) => isIn(share, split))) {
        if (moved || !apart) return yes(`${text}; the weight is ${weight} %`);
        return notYet(`${text}: too few to tell ${weight} % from the ${percent(before)} before`);
    }
    // All callers' scrapes before the newest ones, after the write.
    const earlier = sum(after.filter((split) => !newest.includes(split)));
    const stayed = earlier.all > 0 && isIn(earlier.canary / earlier.all, now);
    if (past !== undefined && moved && stayed) {
        const why = "targets, sticky users or paths of the stable's own go past it";
        return yes(`${text} and no longer ${percent(before)}; the weight is ${weight} %, ${why}`);
    }
    return notYet(`${text}; the weight is ${weight} %`);
}

/** Shares nearer than this are not told apart: that would take more requests than a wait is worth. */
const NEAREST = 0.04;

function pushed(pushes: readonly Series[], { since }: Routing): Routed {
    if (pushes.length === 0) {
        return { answer: "cannotTell", how: "nobody sends requests, and istiod is not scraped" };
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
    if (all === 0) return notYet("nobody sends requests, and istiod has pushed nothing yet");
    const newest = Math.max(...after.map(({ at }) => at));
    const quiet = after.filter(({ at, from }) => at === newest && from >= since);
    if (quiet.length === 0 || quiet.some(({ by }) => by > 0)) {
        return notYet("nobody sends requests; istiod is pushing");
    }
    return yes(
        `nobody sends requests; istiod has updated proxies ${all} times since, then no more`,
    );
}

function splitsOf(requests: readonly Series[], { canary, stable }: Routing): Split[] {
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

/** The newest of each source. */
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

function percent({ canary, all }: Share): string {
    return `${((100 * canary) / all).toFixed(1)} %`;
}

const yes = (how: string): Routed => ({ answer: "yes", how });
const notYet = (how: string): Routed => ({ answer: "notYet", how });
