// What the client's own record of requests says of a rollout, whichever tool did it; the stable's good answers need not be in it.
import { failed, type Request } from "../../sandbox/demo/requests";
import type { Scenario } from "./faultScenarios";

/** held: it waits, for evidence or for a person, when its time here is over. */
export type Outcome = "promoted" | "rolledBack" | "held" | "error";

/** When things happened, milliseconds since the epoch. */
export interface Moments {
    /** The new version was asked for. */
    readonly releasedAt: number;
    /** The tool said that it was over, or its time was. */
    readonly endedAt: number;
}

export interface Figures {
    /** Requests that the new version got from the release to the end, as far as is known. */
    readonly canaryRequests: number;
    /** Failed ones that the stable version did not answer itself; and those that it did. */
    readonly failed: number;
    readonly failedByStable: number;
    /** All failed requests, as "503 v2", "0" without an answer, "504" from a proxy. */
    readonly failures: Readonly<Record<string, number>>;
    /** Answers that were later than the scenario's bound, of those that did not fail. */
    readonly slow: number;
    /** Seconds from the release to the first request that the new version got. */
    readonly toFirst: number | undefined;
    /** Seconds from that to the last one; where it ended at 100 %, to the end. */
    readonly exposed: number | undefined;
    /** Bad requests (failed, or slow where that is what is wrong) per bin of `BIN` seconds since the first canary request. */
    readonly bad: readonly number[];
}

/** Seconds. */
export const BIN = 5;

/** Requests that were under way at the end have come back by then, milliseconds. */
export const AFTERMATH = 2_000;

/** Whether a request reached the new version, or failed without anybody saying which it reached. */
function toCanary(request: Request): boolean {
    return request.version === "v2" || (failed(request) && request.version === "");
}

export function figuresOf(
    all: readonly Request[],
    { releasedAt, endedAt }: Moments,
    { slowMs = Number.POSITIVE_INFINITY }: Pick<Scenario, "slowMs">,
): Figures {
    const requests = all.filter(({ at }) => releasedAt <= at && at <= endedAt + AFTERMATH);
    const reached = requests.filter(toCanary);
    const [first, last] = [earliest(reached), latest(reached)];
    const notStable = (request: Request) => failed(request) && request.version !== "v1";
    const slow = (request: Request) => !failed(request) && request.ms >= slowMs;
    const failures: Record<string, number> = {};
    for (const { status, version } of requests.filter(failed)) {
        const kind = `${status} ${version}`.trim();
        failures[kind] = (failures[kind] ?? 0) + 1;
    }
    const bad: number[] = [];
    for (const request of requests) {
        if (first === undefined || request.at < first) continue;
        const bin = Math.floor((request.at - first) / 1_000 / BIN);
        while (bad.length <= bin) bad.push(0);
        if (notStable(request) || slow(request)) bad[bin] = (bad[bin] ?? 0) + 1;
    }
    return {
        canaryRequests: reached.length,
        failed: requests.filter(notStable).length,
        failedByStable: requests.filter((one) => failed(one) && one.version === "v1").length,
        failures,
        slow: requests.filter(slow).length,
        toFirst: first === undefined ? undefined : (first - releasedAt) / 1_000,
        exposed: first === undefined || last === undefined ? undefined : (last - first) / 1_000,
        bad,
    };
}

/** Bad requests: what users would complain of. */
export function badOf({ failed, slow }: Pick<Figures, "failed" | "slow">): number {
    return failed + slow;
}

function earliest(requests: readonly Request[]): number | undefined {
    return requests.length === 0
        ? undefined
        : requests.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
}

function latest(requests: readonly Request[]): number | undefined {
    return requests.length === 0
        ? undefined
        : requests.reduce((most, { at }) => Math.max(most, at), 0);
}
