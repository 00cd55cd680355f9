/** Quantities of resources: k8s.io/apimachinery/pkg/api/resource/quantity.go. */

/** Powers of ten of the decimal suffixes. */
const DECIMAL: Readonly<Record<string, number>> = {
    n: -9,
    u: -6,
    m: -3,
    "": 0,
    k: 3,
    M: 6,
    G: 9,
    T: 12,
    P: 15,
    E: 18,
};
const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
/** A larger exponent is cut to the largest quantity. */
const LARGEST_EXPONENT = 40;

/**
 * Thousandths, rounded up as SetDefaults_ResourceList does. Undefined if ParseQuantity rejects the value.
 * A sign, digits, perhaps a fraction, and a suffix; also ".5" and "5.".
 */
export function parseQuantity(value: string | number): bigint | undefined {
    const text = String(value).trim();
    const [, sign, whole = "", fraction = "", suffix = ""] =
        /^([-+]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*(?:[-+]?\d+)?)$/.exec(text) ?? [];
    if (text === "" || sign === undefined) return undefined;
    const scale = scaleOf(suffix);
    if (scale === undefined) return undefined;
    const [factor, exponent] = scale;
    const digits = BigInt(whole + fraction || "0") * factor * (sign === "-" ? -1n : 1n);
    const places = exponent + 3 - fraction.length;
    if (places >= 0) return digits * 10n ** BigInt(places);
    return dividedUp(digits, 10n ** BigInt(-places));
}

function scaleOf(suffix: string): [factor: bigint, exponent: number] | undefined {
    const decimal = DECIMAL[suffix];
    if (decimal !== undefined) return [1n, decimal];
    const binary = BINARY.indexOf(suffix);
    if (binary >= 0) return [1024n ** BigInt(binary + 1), 0];
    if (!/^[eE][-+]?\d+$/.test(suffix)) return undefined;
    const exponent = Number(suffix.slice(1));
    return [1n, Math.max(-LARGEST_EXPONENT, Math.min(LARGEST_EXPONENT, exponent))];
}

function dividedUp(value: bigint, by: bigint): bigint {
    const quotient = value / by;
    return value > 0n && value % by !== 0n ? quotient + 1n : quotient;
}
