/** The driver's Metrics: raw counters from Prometheus, or from what answers as it does (Thanos, Mimir). */

import { formatDuration, parseDuration } from "../../../rollout/config/duration";
import type { Slot } from "../../../rollout/config/topics/roles";
import type { Analysis } from "../../analysis/config/analysis";
import type { PrometheusConfig } from "../../analysis/config/prometheusConfig";
import type { Fetched, MetricsProblem, Series, Window } from "../../analysis/counts/observation";
import type { Watched } from "../../analysis/counts/queries";
import { newestSample, scrapeInterval } from "../../analysis/counts/scrapes";
import type { Clock, Metrics } from "../ports";
import { type Ask, ask } from "./api";
import { type Connection, connectionOf } from "./connection";
import { customValues } from "./customValues";
import { type RawCounters, rawCounters } from "./rawCounters";
import { seriesOf, valuesOf } from "./values";

export interface WatchedRollout extends Watched {
    readonly stable: Slot;
    readonly canary: Slot;
}

type Problem = Extract<Fetched, { readonly ok: false }>;

/** What tells whether a weight has arrived. */
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

/** Milliseconds that the clocks may be apart while it is not known how often Prometheus scrapes. */
const LARGEST_SKEW = 30_000;
/** Whenever a proxy has what istiod has pushed to it. */
const PUSHES = "pilot_proxy_convergence_time_count";
/** How far back an empty answer is looked into. */
const LONG_AGO = "1h";

/**
 * @param config.url unless given: PROMETHEUS_URL
 * @param clock what samples' times are compared with
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

    async fetch(seconds: number, signal?: AbortSignal): Promise<Fetched> {
        const ask = await this.asking(signal);
        return typeof ask === "function" ? this.look(seconds, ask) : ask;
    }

    async routing(seconds: number, signal?: AbortSignal): Promise<RoutingSeen> {
        const ask = await this.asking(signal);
        if (typeof ask !== "function") return ask;
        const [requests, pushes] = await Promise.all(
            [this.selectors.requests, PUSHES].map((selector) =>
                ask(`${selector}[${Math.ceil(seconds)}s]`),
            ),
        );
        for (const answer of [requests, pushes]) {
            if (answer?.ok === false) return answer;
        }
        return { ok: true, requests: seriesOf(requests), pushes: seriesOf(pushes) };
    }

    private async asking(signal: AbortSignal | undefined): Promise<Ask | Problem> {
        try {
            this.connection ??= await connectionOf(this.config, this.env);
        } catch (error) {
            return problem("unreachable", (error as Error).message);
        }
        const { connection } = this;
        const timeout = parseDuration(this.config.timeout) ?? 0;
        return (query) => ask(connection, query, { timeout, signal });
    }

    private async look(seconds: number, ask: Ask): Promise<Fetched> {
        const askedAt = this.clock.now();
        // What is too old to count must still be seen, to be called old.
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
        const window: Window = {
            askedAt,
            requests: seriesOf(requests),
            durations: seriesOf(durations),
            received: seriesOf(received),
            custom,
        };
        const [now] = valuesOf(time.answer).map((at) => at * 1_000);
        if (now === undefined)
            return problem("malformed", "Prometheus does not say what time it is");
        if (window.requests.length === 0) return this.nothing(window, now, ask);
        return (
            this.old(newestSample(window.requests), now) ??
            skewed(window, now, askedAt, time.answeredAt) ?? { ok: true, window }
        );
    }

    private old(newest: number, now: number): Fetched | undefined {
        const age = now - newest;
        if (age <= this.staleAfter) return undefined;
        return problem(
            "stale",
            `the newest sample of ${this.selectors.requests} is ${seconds(age)} old, more than prometheus.staleAfter (${this.config.staleAfter}); the callers' sidecars are gone, or Prometheus does not reach them any more: see its Targets page`,
        );
    }

    /** Why there is no series: that decides what a person has to look at. */
    private async nothing(window: Window, now: number, ask: Ask): Promise<Fetched> {
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
            const old = this.old(last * 1_000, now);
            if (old !== undefined) return old;
        }
        const none = `Prometheus answers, but has no series ${requests}`;
        if (window.received.length > 0) {
            return problem(
                "empty",
                `${none}, only what the app's own sidecars received: the callers have no sidecar, or Prometheus does not scrape it (port 15090, /stats/prometheus)`,
            );
        }
        const [others = 0] = valuesOf(any);
        return problem(
            "empty",
            others > 0
                ? `${none}, though ${others} of other services: nobody has sent the app a request through a sidecar yet, or analysis.exclude leaves all of them out`
                : `${none}, nor of any other service: it is not the mesh's Prometheus, it does not scrape sidecars (port 15090, /stats/prometheus), or Istio's telemetry is off`,
        );
    }
}

/** A time of Prometheus' that the driver's clock cannot have had between question and answer, by two scrapes or more. */
function skewed(window: Window, now: number, from: number, to: number): Fetched | undefined {
    const largest = 2 * (scrapeInterval(window) ?? LARGEST_SKEW / 2);
    const beyond = (at: number) => Math.max(from - at, at - to);
    if (beyond(now) > largest) {
        const side = now > to ? "ahead of" : "behind";
        return problem(
            "skewed",
            `Prometheus' clock is ${seconds(beyond(now))} ${side} the driver's, more than ${seconds(largest)}; set both by NTP`,
        );
    }
    const ahead = newestSample(window.requests) - to;
    if (ahead <= largest) return undefined;
    return problem(
        "skewed",
        `the newest sample is ${seconds(ahead)} ahead of the driver's clock, more than ${seconds(largest)}; set the clock of what scrapes by NTP`,
    );
}

function seconds(milliseconds: number): string {
    return formatDuration(Math.round(milliseconds / 100) * 100);
}

function problem(kind: MetricsProblem, reason: string): Problem {
    return { ok: false, problem: kind, reason };
}
