// Numbers, times and sentences as the progress of a rollout shows them.
import { stripVTControlCharacters } from "node:util";
import type { Arm } from "../../analysis/statistics/counts";

/** "45s", "2m 05s", "3h 10m": two units at most, rounded down. */
export function timeText(milliseconds: number): string {
    const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    const two = (number: number) => String(number).padStart(2, "0");
    if (hours > 0) return `${hours}h ${two(minutes % 60)}m`;
    if (minutes > 0) return `${minutes}m ${two(seconds % 60)}s`;
    return `${seconds}s`;
}

/** "1,890". */
export function countText(count: number): string {
    return Math.round(count).toLocaleString("en-US");
}

/** Of a share from 0 to 1: "9.8 %". */
export function percentText(share: number): string {
    return `${(100 * share).toFixed(share > 0 && share < 0.01 ? 2 : 1)} %`;
}

/** "3 of 210 failed (1.4 %)"; no share of nothing. */
export function failedText({ requests, failed }: Arm): string {
    const counts = `${countText(failed)} of ${countText(requests)} failed`;
    return requests > 0 ? `${counts} (${percentText(failed / requests)})` : counts;
}

/** Whatever an engine or a webhook has said, on one line and without escape sequences. */
export function oneLine(text: string): string {
    return stripVTControlCharacters(text)
        .replaceAll(/[\s\p{Cc}]+/gu, " ")
        .trim();
}

/** ISO, in seconds: "2026-11-21T13:12:00Z". */
export function isoTime(at: number): string {
    return new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z");
}
