/** The upper quantile of the gamma distribution, computed from the tail of the Poisson distribution. */

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/**
 * The t that a gamma variable of this shape (scale 1) exceeds with probability `tail`. For a count x, shape x + 1 gives the upper
 * confidence bound of its Poisson mean (Garwood, Biometrika 28 (1936)), since P(Gamma(x + 1) > t) = P(Poisson(t) ≤ x).
 * Relative error about 1e-11.
 *
 * @param tail above 0, at most 0.5
 * @param shape an integer of at least 1
 * @throws RangeError for other values
 */
export function gammaUpperQuantile(tail: number, shape: number): number {
    if (!(tail > 0 && tail <= 0.5 && Number.isInteger(shape) && shape >= 1)) {
        throw new RangeError(
            `gammaUpperQuantile: expected a tail above 0 and at most 0.5 and an integer shape of at least 1, got ${tail} and ${shape}.`,
        );
    }
    const count = shape - 1;
    const logTail = Math.log(tail);
    // The median is above shape − 1, so the quantile of every tail up to 0.5 is too.
    let low = count;
    let step = 1 + Math.sqrt(count);
    while (logPoissonAtMost(count, count + step) > logTail) {
        low = count + step;
        step *= 2;
    }
    let high = count + step;
    while (high - low > 1e-12 * high) {
        const middle = (low + high) / 2;
        if (middle === low || middle === high) break;
        if (logPoissonAtMost(count, middle) > logTail) low = middle;
        else high = middle;
    }
    return (low + high) / 2;
}

/** ln P(Poisson(mean) ≤ count) for a mean above the count: sums the terms from `count` downwards (DLMF 8.4.10). */
function logPoissonAtMost(count: number, mean: number): number {
    let sum = 1;
    let term = 1;
    for (let k = count; k > 0 && term > 1e-17 * sum; k--) {
        term *= k / mean;
        sum += term;
    }
    return logPoisson(count, mean) + Math.log(sum);
}

/** ln of the Poisson probability of a count, without the cancellation of count·ln(mean) − mean − ln(count!) (Loader 2000). */
function logPoisson(count: number, mean: number): number {
    if (count === 0) return -mean;
    const excess = (mean - count) / count;
    return (
        count * (Math.log1p(excess) - excess) -
        0.5 * Math.log(count) -
        HALF_LOG_TWO_PI -
        stirlingError(count)
    );
}

/** ln n! minus Stirling's formula (DLMF 5.11.1). */
function stirlingError(n: number): number {
    if (n < 16) {
        let logFactorial = 0;
        for (let k = 2; k <= n; k++) logFactorial += Math.log(k);
        return logFactorial - ((n + 0.5) * Math.log(n) - n + HALF_LOG_TWO_PI);
    }
    const n2 = n * n;
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * n2)) / n2) / n2) / n;
}
