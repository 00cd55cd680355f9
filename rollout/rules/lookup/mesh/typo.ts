/** Names that are probably misspelled. */

/**
 * The known name that `name` misspells. Undefined if the two may be different things: short names, and names that
 * differ only in their digits, such as `web-v1` and `web-v2`.
 */
export function misspelled(name: string, known: readonly string[]): string | undefined {
    return known.find((one) => isTypo(name, one));
}

const LEAST_LENGTH = 5;

function isTypo(a: string, b: string): boolean {
    if (a === b || withoutDigits(a) === withoutDigits(b)) return false;
    const start = commonPrefix(a, b);
    const end = commonPrefix(reversed(a.slice(start)), reversed(b.slice(start)));
    const [restA, restB] = [a, b].map((one) => one.slice(start, one.length - end)) as [
        string,
        string,
    ];
    if (restA.length === 2 && restA === reversed(restB)) return true;
    return restA.length <= 1 && restB.length <= 1 && Math.min(a.length, b.length) >= LEAST_LENGTH;
}

function withoutDigits(name: string): string {
    return name.replace(/\d/g, "");
}

function commonPrefix(a: string, b: string): number {
    let length = 0;
    while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++;
    return length;
}

function reversed(text: string): string {
    return [...text].reverse().join("");
}
