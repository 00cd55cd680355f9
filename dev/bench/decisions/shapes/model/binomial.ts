// Binomial draws, fast for few and for many trials.
import type { Draw } from "../../random";

/** Below this mean, waiting times are faster than rejection. */
const LARGE = 10;

export function binomial(trials: number, share: number, draw: Draw): number {
    if (trials <= 0 || share <= 0) return 0;
    if (share >= 1) return trials;
    if (share > 0.5) return trials - binomial(trials, 1 - share, draw);
    return trials * share < LARGE ? few(trials, share, draw) : many(trials, share, draw);
}

/** Second waiting time method: Devroye, Non-Uniform Random Variate Generation (1986), X.4.3. */
function few(trials: number, share: number, draw: Draw): number {
    const scale = Math.log1p(-share);
    let count = -1;
    for (let position = 0; position <= trials; count++) {
        position += Math.floor(Math.log(1 - draw.uniform()) / scale) + 1;
    }
    return count;
}

/** Transformed rejection: Hörmann, Journal of Statistical Computation and Simulation 46 (1993), algorithm BTRD without squeeze. */
function many(trials: number, share: number, draw: Draw): number {
    const deviation = Math.sqrt(trials * share * (1 - share));
    const b = 1.15 + 2.53 * deviation;
    const a = -0.0873 + 0.0248 * b + 0.01 * share;
    const c = trials * share + 0.5;
    const alpha = (2.83 + 5.1 / b) * deviation;
    const sure = 0.92 - 4.2 / b;
    const odds = Math.log(share / (1 - share));
    const mode = Math.floor((trials + 1) * share);
    const height = logGamma(mode) + logGamma(trials - mode);
    for (;;) {
        const u = draw.uniform() - 0.5;
        const v = draw.uniform();
        const us = 0.5 - Math.abs(u);
        const k = Math.floor(((2 * a) / us + b) * u + c);
        if (us >= 0.07 && v <= sure) return k;
        if (k < 0 || k > trials) continue;
        const accepted = Math.log((v * alpha) / (a / (us * us) + b));
        const log = height - logGamma(k) - logGamma(trials - k) + (k - mode) * odds;
        if (accepted <= log) return k;
    }
}

/** ln k!: Stirling's series from 10, where its error is below 1e-9. */
function logGamma(k: number): number {
    if (k < 10) return Math.log(FACTORIALS[k] ?? 1);
    const n = k + 1;
    const series = (1 / 12 - (1 / 360 - 1 / (1260 * n * n)) / (n * n)) / n;
    return (n - 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + series;
}

const FACTORIALS = [1, 1, 2, 6, 24, 120, 720, 5_040, 40_320, 362_880];
