// How long from a verdict to weight 0 in the data plane, and where does the time go?
// npm run bench:verdict [-- ROUNDS] [--short]   on a sandbox that is up; prints each run, then medians and maxima.

import type { JournalRecord } from "../../canary/analysis/record/record";
import { startedByHand } from "../../canary/cli/rollout/control";
import { openRollout } from "../../canary/cli/rollout/open";
import { newPolling, type Run } from "../../canary/driver/loop/context";
import { updateToWeight } from "../../canary/driver/loop/phase";
import { rollBack } from "../../canary/driver/loop/rollback";
import { RolloutLog } from "../../canary/driver/loop/rolloutLog";
import type { Journal, Ports } from "../../canary/driver/ports";
import { systemClock } from "../../canary/driver/systemClock";
import { LiveRollout } from "../../tests/mesh/harness/liveRollout";
import { median } from "./harness/median";
import { runBench } from "./harness/runBench";

interface Taken {
    /** Seconds from the verdict: to the VirtualService in the API server, to the client's proxy, to the engine's end. */
    readonly written: number;
    readonly routed: number;
    readonly ended: number;
    /** Of a patch of the same VirtualService without the engine: what the API server alone takes. */
    readonly api: number;
}

runBench("verdict", async ({ short, rounds = short ? 1 : 20, onEnd, say }) => {
    const live = await LiveRollout.start({ namespace: "mesh-verdict", rate: 20, minutes: 50 });
    onEnd("rollout", () => live.stop());
    const taken: Taken[] = [];
    Object.assign(process.env, live.target.env);
    for (let round = 0; round < rounds; round++) {
        taken.push(await once(live));
        say(JSON.stringify(taken.at(-1)));
    }
    const parts: readonly (readonly [string, (one: Taken) => number])[] = [
        ["API server: one patch", ({ api }) => api],
        [
            "verdict to the API server (config, engine, provider, API server)",
            ({ written }) => written,
        ],
        [
            "API server to the client's proxy (istiod, Envoy)",
            ({ written, routed }) => routed - written,
        ],
        ["verdict to weight 0 in the client's proxy", ({ routed }) => routed],
        ["verdict to the engine's end", ({ ended }) => ended],
    ];
    for (const [name, of] of parts) {
        const all = taken.map(of).sort((a, b) => a - b);
        say(
            `${name}: median ${median(all).toFixed(2)} s, maximum ${all.at(-1)?.toFixed(2)} s of ${all.length}`,
        );
    }
    return [];
});

async function once(live: LiveRollout): Promise<Taken> {
    const opened = await openRollout({ stack: live.namespace });
    const started = await startedByHand(opened);
    const records: JournalRecord[] = [];
    const ports: Ports = {
        clock: systemClock,
        engine: opened.engine,
        mesh: opened.mesh,
        metrics: { fetch: async () => ({ ok: false, problem: "empty", reason: "not asked" }) },
        propagation: { wait: async () => ({ seconds: 0, evidence: "measured by the bench" }) },
        lease: {
            acquire: async () => undefined,
            release: async () => undefined,
            lost: new AbortController().signal,
            controls: async () => [],
            recorded: () => undefined,
            show: async () => undefined,
        },
        gates: { ask: async () => [], requestLoad: async () => [] },
        notifier: { send: () => undefined, flush: async () => [] },
    };
    const journal: Journal = {
        records,
        append: async (body) => {
            const record = { ...body, seq: records.length, at: Date.now() };
            records.push(record);
            return record;
        },
    };
    const run: Run = {
        ports,
        log: await RolloutLog.begin(journal, started),
        polling: newPolling(),
        signal: new AbortController().signal,
        emergency: false,
    };
    const up = await updateToWeight(run, 10);
    if (!up.ok) throw new Error(up.reason);
    await live.routed(10, "v2");
    await rollBack(run, "requested by the bench");
    const route = await live.routed(0, "v2");
    const verdict = records.find((r) => r.type === "rollback" && r.step === "verdict")?.at ?? 0;
    const at = (step: string) =>
        records.find((r) => r.type === "rollback" && r.step === step)?.at ?? Number.NaN;
    const began = performance.now();
    await opened.mesh.resetWeights();
    return {
        written: (at("written") - verdict) / 1_000,
        routed: (route.since - verdict) / 1_000,
        ended: (at("engine") - verdict) / 1_000,
        api: (performance.now() - began) / 1_000,
    };
}
