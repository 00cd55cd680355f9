/** Formats numbers, times and messages the same way in reasons, reports and the terminal. */
import { stripVTControlCharacters } from "node:util";
import type { Arm } from "./statistics/counts";
import { failedShare } from "./statistics/counts";

/** Creating one takes longer than a whole decision, and each decision formats many numbers. */
const formats = new Map<number, Intl.NumberFormat>();

/** "12,345", with at most `digits` decimals. */
export function numberText(value: number, digits = 0): string {
    // Most numbers are small counts.
    if (Number.isInteger(value) && Math.abs(value) < 1_000) return String(value);
    const format =
        formats.get(digits) ?? new Intl.NumberFormat("en-US", { maximumFractionDigits: digits });
    formats.set(digits, format);
    return format.format(value);
}

/** "1 request", "12,345 requests". */
export function countText(count: number, noun: string): string {
    return `${numberText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A measured or computed number, with three significant digits: "0.312", "44.5", "12,300". Counts are whole: {@link numberText}. */
export function measureText(value: number): string {
    return numberText(Number(value.toPrecision(3)), 10);
}

/** A share, 0–1, as {@link measureText}: "0.521 %". */
export function percentText(share: number): string {
    return `${measureText(100 * share)} %`;
}

/** "5 of 1,234 (0.405 %)"; without a share if there are no requests. */
export function failedText(arm: Arm): string {
    const share = failedShare(arm);
    const counts = `${numberText(arm.failed)} of ${numberText(arm.requests)}`;
    return share === undefined ? counts : `${counts} (${percentText(share)})`;
}

/** Seconds as "0.8 s", "45 s", "12 min 5 s", "2 h 3 min". */
export function durationText(seconds: number): string {
    if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
    const whole = Math.round(seconds);
    if (whole < 60) return `${whole} s`;
    if (whole < 3_600) return twoUnits(whole, 60, "min", 1, "s");
    return twoUnits(whole, 3_600, "h", 60, "min");
}

function twoUnits(whole: number, big: number, bigUnit: string, small: number, smallUnit: string) {
    const rest = Math.floor((whole % big) / small);
    const first = `${Math.floor(whole / big)} ${bigUnit}`;
    return rest === 0 ? first : `${first} ${rest} ${smallUnit}`;
}

/** The most and the least that odds are printed as. */
const [MOST_ODDS, LEAST_ODDS] = [1e6, 0.01];

/** An e-value, given by its logarithm, as odds "to 1": "0.312", "12.1", "200"; "> 1,000,000" and "< 0.01" beyond. */
export function oddsText(logarithm: number): string {
    if (logarithm > Math.log(MOST_ODDS)) return `> ${numberText(MOST_ODDS)}`;
    const value = Math.exp(logarithm);
    return value < LEAST_ODDS ? `< ${LEAST_ODDS}` : measureText(value);
}

/** The text with a capital letter and a full stop. */
export function sentence(text: string): string {
    if (text === "") return "";
    const first = text.charAt(0).toUpperCase() + text.slice(1);
    return /[.!?…–]$/.test(first) ? first : `${first}.`;
}

/** "2026-11-21T13:12:00Z" from milliseconds since the epoch. */
export function isoTime(at: number): string {
    return new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** Characters. */
const LONGEST_LINE = 2_000;

/** Text from outside (an engine, a webhook) on one line, without escape sequences and truncated to `longest` characters. */
export function oneLine(text: string, longest = LONGEST_LINE): string {
    const line = stripVTControlCharacters(text)
        .replaceAll(/[\s\p{Cc}]+/gu, " ")
        .trim();
    return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

/** Wraps at spaces. A word that is longer than `width` has a line of its own. */
export function wrapText(text: string, width: number): string[] {
    const lines: string[] = [];
    for (const word of text.split(/\s+/).filter((one) => one !== "")) {
        const last = lines.at(-1);
        if (last !== undefined && last.length + 1 + word.length <= width) {
            lines[lines.length - 1] = `${last} ${word}`;
        } else lines.push(word);
    }
    return lines;
}

export function errorMessage(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

/** Rows as lines, each column as wide as its widest cell. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
    const widths = (rows[0] ?? []).map((_, column) =>
        Math.max(...rows.map((cells) => (cells[column] ?? "").length)),
    );
    return rows.map((cells) =>
        cells
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join("  ")
            .trimEnd(),
    );
}
