// Requests as the client records them, and the figures of a phase.
import {
    type Interval,
    proportionInterval,
    z99,
} from "../../../canary/analysis/statistics/proportionInterval";

/** One request as the client saw it. */
export interface Request {
    /** When it was sent, milliseconds since the epoch. */
    readonly at: number;
    /** Response time, milliseconds. */
    readonly ms: number;
    /** HTTP status; 0 without a response. */
    readonly status: number;
    /** Version that answered; empty if a proxy answered or no response came. */
    readonly version: string;
}

/** A failed request: no response, or a server error (5xx). */
export function failed(request: Request): boolean {
    return request.status === 0 || request.status >= 500;
}

/** Parses a line of the client's log; undefined if it holds no request. */
export function parseRequest(line: string): Request | undefined {
    if (!line.startsWith('{"at":')) {
        return undefined;
    }
    return JSON.parse(line) as Request;
}

/** Percentiles in milliseconds; undefined without requests. */
export interface Latency {
    readonly p50: number | undefined;
    readonly p99: number | undefined;
}

export interface PhaseFigures {
    readonly requests: number;
    readonly toCanary: number;
    /** toCanary / requests. */
    readonly share: number;
    /** 99 % interval of the share. */
    readonly interval: Interval;
    readonly failed: number;
    readonly latency: Readonly<Record<string, Latency>>;
}

/** Figures of the requests sent in [from, to), milliseconds since the epoch. */
export function phaseFigures(
    all: readonly Request[],
    from: number,
    to: number,
    canary: string,
    versions: readonly string[],
): PhaseFigures {
    const requests = all.filter(({ at }) => from <= at && at < to);
    const toCanary = requests.filter(({ version }) => version === canary).length;
    const latency: Record<string, Latency> = {};
    for (const version of versions) {
        const times = requests.filter((r) => r.version === version).map((r) => r.ms);
        latency[version] = { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
    }
    return {
        requests: requests.length,
        toCanary,
        share: requests.length === 0 ? Number.NaN : toCanary / requests.length,
        interval: proportionInterval(toCanary, requests.length, z99),
        failed: requests.filter(failed).length,
        latency,
    };
}

/** Nearest rank; undefined without values. */
export function percentile(values: readonly number[], q: number): number | undefined {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}
