// Failure scenarios of both versions, and of the canary alone.
import type { Draw } from "./random";
import type { Share, Traffic } from "./traffic";

export const RATES = [5, 50, 500] as const;
/** Failure shares of the stable. */
export const SHARES = [0.001, 0.005, 0.01] as const;

/** Failure share in a shared outage, for both versions. */
const OUTAGE = 0.5;

export function constant(rate: number, stable: number, canary = stable): () => Traffic {
    return () => ({ rate, stable: () => stable, canary: () => canary });
}

/** The failure share of both versions rises linearly from 0.1 to 2 % over this many seconds. */
export function drift(rate: number, seconds: number): () => Traffic {
    const both: Share = (at) => 0.001 + 0.019 * Math.min(1, at / seconds);
    return () => ({ rate, stable: both, canary: both });
}

/** Both versions fail for `seconds`, starting at a random time in the first `within` seconds; otherwise 0.1 % of requests fail. */
export function outage(
    rate: number,
    seconds: number,
    within: number,
    stableEarlier = 0,
): (draw: Draw) => Traffic {
    return (draw) => {
        const begin = Math.floor(draw.uniform() * within);
        const both: Share = (at) => (at > begin && at <= begin + seconds ? OUTAGE : 0.001);
        return { rate, stable: both, canary: both, stableEarlier };
    };
}

/** The canary fails 0.1 % of requests, as the stable does, until a random time in the first fifteen minutes. */
export function slowBurn(rate: number, share: number): (draw: Draw) => Traffic {
    return (draw) => {
        const begin = draw.uniform() * 900;
        return { rate, stable: () => 0.001, canary: (at) => (at > begin ? share : 0.001) };
    };
}
