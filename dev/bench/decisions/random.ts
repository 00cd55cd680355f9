// Random draws with a fixed seed, so that every machine prints identical tables.
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface Draw {
    /** 0 (inclusive) to 1 (exclusive). */
    uniform(): number;
    /** A Poisson variable with this mean. */
    poisson(mean: number): number;
}

/** Below this mean, counting uniform factors is faster than rejection. */
const LARGE = 10;
/** Skipped, because the first numbers of neighbouring seeds are similar. */
const SKIPPED_DRAWS = 64;

/** @param seed a 32-bit integer */
export function drawFrom(seed: number): Draw {
    const generator = xoroshiro128plus(seed);
    for (let k = 0; k < SKIPPED_DRAWS; k++) generator.next();
    const uniform = () => (generator.next() >>> 0) / 2 ** 32;
    return {
        uniform,
        poisson: (mean) => (mean < LARGE ? few(mean, uniform) : many(mean, uniform)),
    };
}

/** Knuth, The Art of Computer Programming 2, 3.4.1.F. */
function few(mean: number, uniform: () => number): number {
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = uniform(); product > limit; product *= uniform()) count++;
    return count;
}

/** Transformed rejection: Hörmann, Insurance: Mathematics and Economics 12 (1993), algorithm PTRS. */
function many(mean: number, uniform: () => number): number {
    const b = 0.931 + 2.53 * Math.sqrt(mean);
    const a = -0.059 + 0.02483 * b;
    const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
    const sure = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
        const u = uniform() - 0.5;
        const v = uniform();
        const us = 0.5 - Math.abs(u);
        const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= sure) return k;
        if (k < 0 || (us < 0.013 && v > us)) continue;
        const height = Math.log((v * inverseAlpha) / (a / (us * us) + b));
        if (height <= k * Math.log(mean) - mean - logFactorial(k)) return k;
    }
}

/** Stirling's series from k = 10, where its error is below 1e-9. */
function logFactorial(k: number): number {
    if (k < 10) {
        let sum = 0;
        for (let j = 2; j <= k; j++) sum += Math.log(j);
        return sum;
    }
    const n = k + 1;
    const series = (1 / 12 - (1 / 360 - 1 / (1260 * n * n)) / (n * n)) / n;
    return (n - 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + series;
}
