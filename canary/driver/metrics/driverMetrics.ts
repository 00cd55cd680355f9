/** The driver's own metrics about the rollout, which Prometheus can scrape. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { liveShare, type RolloutStatus, STATES } from "../../analysis/record/reduce";
import type { Engine, EngineResult, Watcher } from "../ports";

const VERDICTS = ["pass", "fail", "inconclusive", "error"] as const;
/** An update of the weight takes seconds; an update that waits for pods takes minutes. */
const BUCKETS = [0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 600];

export interface DriverMetrics extends Watcher {
    readonly registry: Registry;
    /** Wraps an engine to count its previews and updates. */
    instrument(engine: Engine): Engine;
}

/** Metrics `canary_rollout_*` of one rollout, each with the labels `app` and `namespace`; docs/driver/driver-metrics.md lists them. */
export function createDriverMetrics(about: {
    readonly app: string;
    readonly namespace: string;
}): DriverMetrics {
    const { app, namespace } = about;
    const registry = new Registry();
    registry.setDefaultLabels({ app, namespace });
    const registers = [registry];
    const gauge = <Label extends string>(
        name: string,
        help: string,
        ...labelNames: readonly Label[]
    ) => new Gauge({ name: `canary_rollout_${name}`, help, labelNames, registers });

    const info = gauge(
        "info",
        "Always 1; the labels describe the rollout.",
        "id",
        "stack",
        "stable",
        "canary",
    );
    const weight = gauge("weight", "Percentage of requests that the canary should get.");
    const share = gauge("share", "Share of this phase's requests that the canary got, 0 to 1.");
    const dwell = gauge(
        "dwell_seconds",
        "Seconds since callers got this weight, at the last sample.",
    );
    const evidence = gauge("evidence", "Natural logarithm of an e-value.", "of");
    const limit = gauge("evidence_limit", "Evidence at which a verdict is reached.", "of");
    const requests = gauge("requests", "Requests in this rollout.", "version", "role");
    const failed = gauge("failed_requests", "Failed requests in this rollout.", "version", "role");
    const exposed = gauge("exposed_requests", "Failed canary requests beyond the stable's share.");
    const verdict = gauge(
        "verdict",
        "1 for a gate's verdict at the last sample.",
        "gate",
        "verdict",
    );
    const state = gauge("state", "1 for the current state of the rollout.", "state");
    const answered = gauge(
        "last_answer_timestamp_seconds",
        "When Prometheus last gave a usable answer.",
    );
    const rollback = gauge(
        "rollback_seconds",
        "Seconds from the verdict of a rollback to each of its steps.",
        "step",
    );
    const samples = new Counter({
        name: "canary_rollout_samples_total",
        help: "Samples, by the result of the query: ok, or the problem.",
        labelNames: ["result"],
        registers,
    });
    const operations = new Counter({
        name: "canary_rollout_engine_operations_total",
        help: "Previews and updates, by outcome.",
        labelNames: ["operation", "outcome"],
        registers,
    });
    const seconds = new Histogram({
        name: "canary_rollout_engine_operation_seconds",
        help: "Seconds that previews and updates took.",
        labelNames: ["operation", "outcome"],
        buckets: BUCKETS,
        registers,
    });

    function show(now: RolloutStatus): void {
        const { id, stack, stable, canary } = now.started;
        info.set({ id, stack, stable, canary }, 1);
        weight.set(now.weight);
        for (const one of STATES) state.set({ state: one }, one === now.state ? 1 : 0);
        const live = liveShare(now);
        if (live === undefined) share.reset();
        else share.set(live);
        if (now.answeredAt !== undefined) answered.set(now.answeredAt / 1_000);
        if (now.sample === undefined) return;
        const { evidence: found, gates } = now.sample;
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
            const gate = one.dryRun ? `${one.gate} (dry run)` : one.gate;
            for (const each of VERDICTS) {
                verdict.set({ gate, verdict: each }, each === one.verdict ? 1 : 0);
            }
        }
    }

    async function measure(operation: string, run: () => Promise<EngineResult>) {
        const result = await run();
        const outcome = result.ok ? "ok" : result.why;
        operations.inc({ operation, outcome });
        seconds.observe({ operation, outcome }, result.seconds);
        return result;
    }

    return {
        registry,
        record(record, status) {
            if (record.type === "sample") samples.inc({ result: record.problem ?? "ok" });
            if (record.type === "rollback") rollback.set({ step: record.step }, record.seconds);
            show(status);
        },
        instrument(engine) {
            return {
                config: () => engine.config(),
                configuredWeight: () => engine.configuredWeight(),
                busy: async () => engine.busy?.(),
                setConfig: (values) => engine.setConfig(values),
                unlock: () => engine.unlock(),
                preview: (signal) => measure("preview", () => engine.preview(signal)),
                update: (signal, refresh) =>
                    measure("update", () => engine.update(signal, refresh)),
            };
        },
    };
}
