/** Sums of numbers that are given by their natural logarithms; ln 0 is -Infinity. */

/** ln(e^a + e^b) */
export function logAddExp(a: number, b: number): number {
    const high = Math.max(a, b);
    return high === -Infinity ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high));
}

/** ln of the mean of e^value, for at least one value. */
export function logMeanExp(values: readonly number[]): number {
    const high = Math.max(...values);
    if (high === -Infinity) return high;
    const sum = values.reduce((total, value) => total + Math.exp(value - high), 0);
    return high + Math.log(sum / values.length);
}
