/**
 * Sticky users: each is given, once, the rung of the ladder at which the canary gets them, in a cookie. A user with
 * rung 25 is on the canary from weight 25 on and on the stable below it, whatever happens in between.
 */

import { derived, type Leaf } from "../../config/deferred";
import { parseDuration } from "../../config/duration";
import type { RolloutConfig } from "../../config/rolloutConfig";
import { SLOTS, type Slot } from "../../config/topics/roles";
import { type Shares, sharesOf } from "../../plan/plan";
import { amongCookies, escaped, type HttpMatch } from "./requestMatches";

const DEFAULT_MAX_AGE = "24h";

/** Users whom the canary gets at the same weight. */
interface Bucket {
    readonly rung: number;
    /** Percentage of users: how far the rung is above the one before. */
    readonly size: number;
    /** Shares of their requests: all to one slot. */
    readonly shares: Shares;
}

/** A share of the users who have no cookie of this release yet, and the cookie that they get. */
export interface Draw {
    readonly slot: Slot;
    readonly weight: number;
    readonly headers: {
        readonly response: { readonly add: { readonly "set-cookie": Leaf<string> } };
    };
}

export interface Sticky {
    /** Users with a cookie, by rung. */
    readonly drawn: {
        readonly rung: number;
        readonly match: HttpMatch[];
        readonly shares: Shares;
    }[];
    /** Users without; the weights add up to 100, those of a slot to its share. */
    readonly draws: Draw[];
}

/**
 * Where sticky users go at the weight of a config, or undefined when users are not sticky. At every weight the same
 * buckets in both slots: between phases only weights change.
 * @param release what the canary runs: cookies of another release count for nothing.
 */
export function stickyUsers(config: RolloutConfig, release: Leaf<string>): Sticky | undefined {
    const { cookie, maxAge = DEFAULT_MAX_AGE } = config.sticky;
    if (cookie === undefined) return undefined;
    const seconds = (parseDuration(maxAge) ?? 0) / 1_000;
    const attributes = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax`;
    const buckets = bucketsOf(config);
    return {
        drawn: buckets.map(({ rung, size, shares }) => ({
            rung,
            match: [rungMatch(cookie, release, rung - size + 1, rung)],
            shares,
        })),
        draws: buckets.flatMap(({ rung, size, shares }) => {
            const value = derived(release, (known) => `${cookie}=${known}.${rung}; ${attributes}`);
            const headers = { response: { add: { "set-cookie": value } } };
            return SLOTS.map((slot) => ({ slot, weight: (size * shares[slot]) / 100, headers }));
        }),
    };
}

function bucketsOf({ ladder, weight, stable }: RolloutConfig): Bucket[] {
    return ladder.map((rung, index) => ({
        rung,
        size: rung - (ladder[index - 1] ?? 0),
        shares: sharesOf(stable, rung <= weight ? 100 : 0),
    }));
}

/** Any rung of the range: a cookie from before the ladder was edited belongs to the next rung above it. */
function rungMatch(cookie: string, release: Leaf<string>, from: number, to: number): HttpMatch {
    const rungs = Array.from({ length: to - from + 1 }, (_, index) => from + index).join("|");
    const regex = derived(release, (known) =>
        amongCookies(`${escaped(cookie)}=${known}\\.(${rungs})`),
    );
    return { headers: { cookie: { regex } } };
}
