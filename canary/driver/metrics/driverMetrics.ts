/** The driver's own metrics: how the rollout stands, for Prometheus to scrape. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { JournalRecord } from "../../analysis/record/record";
import { liveShare, STATES, type Standing, standingAfter } from "../../analysis/record/standing";
import type { Engine, EngineResult, Watcher } from "../ports";

export { type MetricsServer, serveMetrics } from "./server";

const VERDICTS = ["pass", "fail", "inconclusive", "error"] as const;
/** An update of one weight takes seconds; one that waits for pods, minutes. */
const BUCKETS = [0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 600];

export interface OwnMetrics extends Watcher {
    readonly registry: Registry;
    /** The same engine; its previews and updates are counted. */
    counted(engine: Engine): Engine;
}

/** Metrics `canary_rollout_*` of one rollout, each with the labels `app` and `namespace`; docs/driver/driver-metrics.md lists them. */
export function createOwnMetrics(about: {
    readonly app: string;
    readonly namespace: string;
}): OwnMetrics {
    const { app, namespace } = about;
    const registry = new Registry();
    registry.setDefaultLabels({ app, namespace });
    const registers = [registry];
    const gauge = <Label extends string>(
        name: string,
        help: string,
        ...labelNames: readonly Label[]
    ) => new Gauge({ name: `canary_rollout_${name}`, help, labelNames, registers });

    const info = gauge("info", "Always 1; what rolls out.", "id", "stack", "stable", "canary");
    const weight = gauge("weight", "Percentage of requests that the canary is to get.");
    const share = gauge("share", "Share of this phase's requests that the canary got, 0 to 1.");
    const dwell = gauge("dwell_seconds", "Since callers have had this weight, at the last look.");
    const evidence = gauge("evidence", "Natural logarithm of an e-value.", "of");
    const limit = gauge("evidence_limit", "Evidence at which a verdict falls.", "of");
    const requests = gauge("requests", "Requests in this rollout.", "version", "role");
    const failed = gauge("failed_requests", "Failed requests in it.", "version", "role");
    const exposed = gauge(
        "exposed_requests",
        "Failed canary requests beyond what the stable's share would have been.",
    );
    const verdict = gauge("verdict", "1 for a gate's verdict at the last look.", "gate", "verdict");
    const state = gauge("state", "1 for the state that the rollout is in.", "state");
    const answered = gauge(
        "last_answer_timestamp_seconds",
        "When Prometheus last gave an answer that a look could rest on.",
    );
    const rollback = gauge(
        "rollback_seconds",
        "From the verdict of the rollback until the step.",
        "step",
    );
    const looks = new Counter({
        name: "canary_rollout_looks_total",
        help: "Looks, by what Prometheus answered: ok, or what was wrong.",
        labelNames: ["result"],
        registers,
    });
    const operations = new Counter({
        name: "canary_rollout_engine_operations_total",
        help: "Previews and updates of Pulumi's, by outcome.",
        labelNames: ["operation", "outcome"],
        registers,
    });
    const seconds = new Histogram({
        name: "canary_rollout_engine_operation_seconds",
        help: "Seconds that they took.",
        labelNames: ["operation", "outcome"],
        buckets: BUCKETS,
        registers,
    });

    let standing: Standing | undefined;

    function show(now: Standing): void {
        const { id, stack, stable, canary } = now.started;
        info.set({ id, stack, stable, canary }, 1);
        weight.set(now.weight);
        for (const one of STATES) state.set({ state: one }, one === now.state ? 1 : 0);
        const live = liveShare(now);
        if (live === undefined) share.reset();
        else share.set(live);
        if (now.answeredAt !== undefined) answered.set(now.answeredAt / 1_000);
        if (now.look === undefined) return;
        const { evidence: found, gates } = now.look;
        dwell.set(found.dwellSeconds);
        for (const of of ["harm", "slow", "safe"] as const) {
            evidence.set({ of }, found[of]);
            limit.set({ of }, found[`${of}Limit`]);
        }
        for (const [role, version] of [
            ["stable", stable],
            ["canary", canary],
        ] as const) {
            requests.set({ version, role }, found[role].requests);
            failed.set({ version, role }, found[role].failed);
        }
        exposed.set(found.exposed);
        verdict.reset();
        for (const one of gates) {
            for (const each of VERDICTS) {
                verdict.set({ gate: one.gate, verdict: each }, each === one.verdict ? 1 : 0);
            }
        }
    }

    async function timed(operation: string, run: () => Promise<EngineResult>) {
        const result = await run();
        const outcome = result.ok ? "ok" : result.why;
        operations.inc({ operation, outcome });
        seconds.observe({ operation, outcome }, result.seconds);
        return result;
    }

    return {
        registry,
        saw(record: JournalRecord) {
            standing = standingAfter(standing, record);
            if (record.type === "look") looks.inc({ result: record.problem ?? "ok" });
            if (record.type === "rollback") rollback.set({ step: record.step }, record.seconds);
            if (standing !== undefined) show(standing);
        },
        counted(engine) {
            return {
                config: () => engine.config(),
                configuredWeight: () => engine.configuredWeight(),
                setConfig: (values) => engine.setConfig(values),
                unlock: () => engine.unlock(),
                preview: (signal) => timed("preview", () => engine.preview(signal)),
                update: (signal) => timed("update", () => engine.update(signal)),
            };
        },
    };
}
