/**
 * Routes for sticky users. A cookie stores the rung of the ladder at which its user moves to the canary. A user with rung 25 is on
 * the canary at weight 25 and above, and on the stable below 25.
 */

import { derived, type Leaf } from "../../config/deferred";
import { parseDuration } from "../../config/duration";
import type { RolloutConfig } from "../../config/rolloutConfig";
import type { HttpMatch } from "../../config/routing/requestMatch";
import { SLOTS, type Slot } from "../../config/slots";
import { type Shares, sharesOf } from "../../plan/shares";
import { amongCookies, escapeRegex } from "./requestMatches";

const DEFAULT_MAX_AGE = "24h";

/** Users who move to the canary at the same weight. */
interface Bucket {
    readonly rung: number;
    /** Percentage of users: the difference to the previous rung. */
    readonly size: number;
    /** Shares of their requests: 100 for one slot, 0 for the other. */
    readonly shares: Shares;
}

/** A destination for users without a cookie of this release: their share, and the cookie that Envoy sets for them. */
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
    /** Users without a cookie. The weights add up to 100, and those of a slot to its share. */
    readonly draws: Draw[];
}

/**
 * The destinations of sticky users at the config's weight; undefined if users are not sticky. Every weight has the same buckets
 * in both slots, so that only weights change between phases.
 * @param release hash of the canary's pod template. Cookies of other releases are ignored.
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

/** Matches all rungs of a range: if the ladder has changed, a cookie with an old rung counts for the next higher rung. */
function rungMatch(cookie: string, release: Leaf<string>, from: number, to: number): HttpMatch {
    const rungs = Array.from({ length: to - from + 1 }, (_, index) => from + index).join("|");
    const regex = derived(release, (known) =>
        amongCookies(`${escapeRegex(cookie)}=${known}\\.(${rungs})`),
    );
    return { headers: { cookie: { regex } } };
}
