/** The driver's Metrics: raw counters from Prometheus or a compatible server (Thanos, Mimir). */

import { formatDuration, parseDuration } from "../../../rollout/config/duration";
import type { Slot } from "../../../rollout/config/slots";
import type { Analysis } from "../../analysis/config/analysis";
import type { PrometheusConfig } from "../../analysis/config/prometheusConfig";
import type {
    FetchResult,
    MetricsProblem,
    Series,
    Window,
} from "../../analysis/counts/observation";
import type { RolloutMetrics } from "../../analysis/counts/queries";
import { newestSample, scrapeInterval } from "../../analysis/counts/scrapes";
import type { Clock, Metrics } from "../ports";
import { type Ask, queryPrometheus } from "./api";
import { type Connection, connectionOf } from "./connection";
import { customValues } from "./customValues";
import { type RawCounters, rawCounters } from "./rawCounters";
import { seriesOf, valuesOf } from "./values";

export interface WatchedRollout extends RolloutMetrics {
    readonly stable: Slot;
    readonly canary: Slot;
}

type Problem = Extract<FetchResult, { readonly ok: false }>;

/** Counters that show whether callers use a weight. */
export interface RoutingMetrics {
    /** Raw counters of the last `seconds`: requests by source, and istiod's updates of proxies. Never rejects. */
    routing(seconds: number, signal?: AbortSignal): Promise<RoutingSeen>;
}

export type RoutingSeen =
    | {
          readonly ok: true;
          readonly requests: readonly Series[];
          readonly pushes: readonly Series[];
      }
    | Problem;

/** Allowed clock difference in milliseconds while the scrape interval is unknown. */
const LARGEST_SKEW = 30_000;
/** istiod counts here each configuration that a proxy has received. */
const PUSHES = "pilot_proxy_convergence_time_count";
/** How far back to search for older samples if an answer is empty. */
const LONG_AGO = "1h";

/**
 * @param config.url default: PROMETHEUS_URL
 * @param clock compared with the times of samples
 */
export function prometheusMetrics(
    config: PrometheusConfig,
    watched: WatchedRollout,
    analysis: Pick<Analysis, "exclude" | "metrics">,
    clock: Pick<Clock, "now">,
    env: NodeJS.ProcessEnv = process.env,
): Metrics & RoutingMetrics {
    return new PrometheusMetrics(config, watched, analysis, clock, env);
}

class PrometheusMetrics implements Metrics, RoutingMetrics {
    private readonly selectors: RawCounters;
    private readonly staleAfter: number;
    private connection: Connection | undefined;

    constructor(
        private readonly config: PrometheusConfig,
        private readonly watched: WatchedRollout,
        private readonly analysis: Pick<Analysis, "exclude" | "metrics">,
        private readonly clock: Pick<Clock, "now">,
        private readonly env: NodeJS.ProcessEnv,
    ) {
        this.selectors = rawCounters(watched, analysis.exclude);
        this.staleAfter = parseDuration(config.staleAfter) ?? 0;
    }

    async fetch(seconds: number, signal?: AbortSignal): Promise<FetchResult> {
        const ask = await this.connect(signal);
        return typeof ask === "function" ? this.readWindow(seconds, ask) : ask;
    }

    async routing(seconds: number, signal?: AbortSignal): Promise<RoutingSeen> {
        const ask = await this.connect(signal);
        if (typeof ask !== "function") return ask;
        const [requests, pushes] = await Promise.all(
            [this.selectors.requests, PUSHES].map((selector) =>
                ask(`${selector}[${Math.ceil(seconds)}s]`),
            ),
        );
        for (const answer of [requests, pushes]) {
            if (answer?.ok === false) return answer;
        }
        const { workloads } = this.watched;
        return {
            ok: true,
            requests: seriesOf(requests, workloads),
            pushes: seriesOf(pushes),
        };
    }

    private async connect(signal: AbortSignal | undefined): Promise<Ask | Problem> {
        try {
            this.connection ??= await connectionOf(this.config, this.env);
        } catch (error) {
            return problem("unreachable", (error as Error).message);
        }
        const { connection } = this;
        const timeout = parseDuration(this.config.timeout) ?? 0;
        return (query) => queryPrometheus(connection, query, { timeout, signal });
    }

    private async readWindow(seconds: number, ask: Ask): Promise<FetchResult> {
        const askedAt = this.clock.now();
        // Long enough to include stale samples, so that they are reported as stale and not as missing.
        const range = `[${Math.ceil(Math.max(seconds, this.staleAfter / 1_000 + 1))}s]`;
        const [time, requests, durations, received, custom] = await Promise.all([
            ask("time()").then((answer) => ({ answer, answeredAt: this.clock.now() })),
            ask(this.selectors.requests + range),
            ask(this.selectors.durations + range),
            ask(this.selectors.received + range),
            customValues(this.analysis.metrics, this.watched, ask),
        ]);
        for (const answer of [time.answer, requests, durations, received]) {
            if (!answer.ok) return answer;
        }
        const { workloads } = this.watched;
        const window: Window = {
            askedAt,
            requests: seriesOf(requests, workloads),
            durations: seriesOf(durations, workloads),
            received: seriesOf(received, workloads),
            custom,
        };
        const [now] = valuesOf(time.answer).map((at) => at * 1_000);
        if (now === undefined)
            return problem("malformed", "Prometheus returned no value for the query time()");
        if (window.requests.length === 0) return this.explainEmpty(window, now, ask);
        return (
            this.checkAge(newestSample(window.requests), now) ??
            checkSkew(window, now, askedAt, time.answeredAt) ?? { ok: true, window }
        );
    }

    private checkAge(newest: number, now: number): FetchResult | undefined {
        const age = now - newest;
        if (age <= this.staleAfter) return undefined;
        return problem(
            "stale",
            `the newest sample of ${this.selectors.requests} is ${secondsText(age)} old, more than \`canary:prometheus.staleAfter\` (${this.config.staleAfter}); the callers' sidecars are gone, or Prometheus no longer scrapes them: check its Targets page`,
        );
    }

    /** Finds out why there are no series, so that the message says what to check. */
    private async explainEmpty(window: Window, now: number, ask: Ask): Promise<FetchResult> {
        const { requests } = this.selectors;
        const [newest, any] = await Promise.all([
            ask(`max(max_over_time(timestamp(${requests})[${LONG_AGO}:15s]))`),
            ask('count(istio_requests_total{reporter="source"})'),
        ]);
        for (const answer of [newest, any]) {
            if (!answer.ok) return answer;
        }
        const [last] = valuesOf(newest);
        if (last !== undefined) {
            const stale = this.checkAge(last * 1_000, now);
            if (stale !== undefined) return stale;
        }
        const none = `Prometheus answers, but has no series ${requests}`;
        if (window.received.length > 0) {
            return problem(
                "empty",
                `${none}, only series of the app's own sidecars: the callers have no sidecars, or Prometheus does not scrape those (port 15090, /stats/prometheus)`,
            );
        }
        const [others = 0] = valuesOf(any);
        return problem(
            "empty",
            others > 0
                ? `${none}, but ${others} of other services: the app has had no request through a sidecar yet, or \`canary:analysis.exclude\` excludes all of them`
                : `${none}, and none of any other service: this is not the mesh's Prometheus, it does not scrape sidecars (port 15090, /stats/prometheus), or Istio's telemetry is off`,
        );
    }
}

/**
 * Compares Prometheus' clock, and the newest sample, with the driver's clock.
 * @param from when the driver sent the query.
 * @param to when it got the answer.
 * @returns a problem if they differ by more than two scrape intervals.
 */
function checkSkew(window: Window, now: number, from: number, to: number): FetchResult | undefined {
    const largest = 2 * (scrapeInterval(window) ?? LARGEST_SKEW / 2);
    const beyond = (at: number) => Math.max(from - at, at - to);
    if (beyond(now) > largest) {
        const side = now > to ? "ahead of" : "behind";
        return problem(
            "skewed",
            `Prometheus' clock is ${secondsText(beyond(now))} ${side} the driver's, more than ${secondsText(largest)}; synchronize both with NTP`,
        );
    }
    const ahead = newestSample(window.requests) - to;
    if (ahead <= largest) return undefined;
    return problem(
        "skewed",
        `the newest sample is ${secondsText(ahead)} ahead of the driver's clock, more than ${secondsText(largest)}; synchronize the clock of the scraper with NTP`,
    );
}

function secondsText(milliseconds: number): string {
    return formatDuration(Math.round(milliseconds / 100) * 100);
}

function problem(kind: MetricsProblem, reason: string): Problem {
    return { ok: false, problem: kind, reason };
}
