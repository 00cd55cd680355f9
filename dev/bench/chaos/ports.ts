// The driver's ports in one process: the real Lease, mesh and gates on the simulated API server; the others simulated.
import type { ReadConfig } from "../../../canary/analysis/config/readConfig";
import type { FetchResult, Window } from "../../../canary/analysis/counts/observation";
import { milliseconds } from "../../../canary/analysis/decision/rolloutSettings";
import { createGates } from "../../../canary/driver/gates/createGates";
import { kubernetesMesh } from "../../../canary/driver/kubernetes/mesh";
import { kubernetesLease } from "../../../canary/driver/lease/lease";
import type { Engine, Gates, Metrics, Ports, Propagation } from "../../../canary/driver/ports";
import { APP, NAMESPACE } from "./apiServer";
import { clockOf, type Life } from "./scheduler";
import { EPOCH, type World } from "./world";

export const PLACE = { app: APP, namespace: NAMESPACE };

export function portsOf(world: World, life: Life): Ports {
    const clock = clockOf(life, world.scheduler, world.wallTime);
    const cluster = {
        ...world.api.clientOf(life),
        list: async () => [],
        listCore: async () => [],
        hasKind: async () => true,
    };
    return {
        clock,
        metrics: metricsOf(world, life),
        engine: engineOf(world, life),
        mesh: kubernetesMesh(cluster, PLACE),
        propagation: propagationOf(world, life),
        lease: kubernetesLease(cluster, PLACE, clock, async () => false, candidateOf(world, life)),
        gates: gatesOf(world, life),
        notifier: { send: () => undefined, flush: async () => [] },
    };
}

/** As the process sees itself: on its own host it knows which other processes run. */
function candidateOf(world: World, life: Life) {
    const alive = (pid: number) => world.driver?.pid === pid && world.driver.isAlive;
    return { holder: life.holder, host: life.host, alive };
}

export function configOf({ scenario: { ladder }, engine, config }: World): ReadConfig {
    return {
        rollout: {
            ...PLACE,
            urn: "urn:web",
            name: "web",
            idPrefix: PLACE.app,
            port: 80,
            protocol: "http",
            mode: "istio",
            stable: "v1",
            canary: "v2",
            weight: engine.configured,
            ladder,
            images: { v1: "web:1", v2: "web:2" },
            weightKey: "istio-canary:weight",
        },
        others: [],
        weights: {},
        driver: config,
        cluster: {},
        hash: "0".repeat(64),
    };
}

function engineOf(world: World, life: Life): Engine {
    const { engine, scheduler } = world;
    const run = (name: string, work: () => ReturnType<Engine["update"]>) =>
        life.call(name, async () => {
            world.log(() => `${name} begins, config ${engine.configured}`);
            const result = await work();
            world.log(() => `${name}: ${result.ok ? "ok" : `${result.why}: ${result.reason}`}`);
            return result;
        });
    return {
        config: () => life.call("config", () => configOf(world)),
        configuredWeight: () => life.call("config.read", () => engine.readWeight()),
        setConfig: ({ weight }) =>
            life.call("config.write", async () => {
                await scheduler.wait(2);
                engine.writeWeight(Number(weight));
                world.log(() => `config: ${engine.configured} by ${life.holder}`);
            }),
        preview: (signal) => run("preview", () => engine.preview(life, signal)),
        update: (signal) => run("update", () => engine.update(life, signal)),
        unlock: () => life.call("unlock", () => engine.unlock()),
    };
}

/** How much the clocks may differ, and how old a scrape may be; as in the driver's Prometheus client. */
const STALE_MS = 30_000;
const INGEST_MS = 100;

function metricsOf(world: World, life: Life): Metrics {
    const { calls, scheduler, scenario } = world;
    const interval = milliseconds(scenario.analysis.interval ?? "5s");
    const problem = (kind: Extract<FetchResult, { ok: false }>["problem"]): FetchResult => ({
        ok: false,
        problem: kind,
        reason: "simulated",
    });
    return {
        fetch: (seconds) =>
            life.call("prometheus", async () => {
                const isBad = calls.chance(scenario.prometheus);
                const wait = isBad ? calls.between(1_000, 10_000) : calls.between(2, 30);
                if (isBad) world.fault("a poll of Prometheus fails or is late", wait + interval);
                await scheduler.wait(wait);
                if (world.isPrometheusDown || (isBad && calls.chance(0.5))) {
                    return problem(calls.pick(["unreachable", "refused", "malformed"]));
                }
                const to = scheduler.time;
                const from = to - Math.max(1_000 * seconds, STALE_MS + 1_000);
                const window = world.callers.window(from, to, INGEST_MS, EPOCH);
                const newest = newestIn(window) - EPOCH;
                if (window.requests.length === 0) return problem("empty");
                if (to - newest > STALE_MS) return problem("stale");
                if (Math.abs(world.clockOffset) > 2 * scenario.traffic.scrapeMs) {
                    return problem("skewed");
                }
                await scheduler.wait(calls.between(2, 30));
                const seen = isBad ? withoutSome(window) : window;
                return { ok: true, window: world.bug === "blind" ? withoutFailures(seen) : seen };
            }),
    };
}

function newestIn({ requests }: Window): number {
    return Math.max(...requests.map(({ samples }) => samples.at(-1)?.[0] ?? 0));
}

/** A partial answer: one caller's series are missing. */
function withoutSome(window: Window): Window {
    const requests = window.requests.filter(({ labels }) => labels.pod !== "caller-0");
    return requests.length === 0 ? window : { ...window, requests };
}

/** Planted bug: every request has succeeded. */
function withoutFailures(window: Window): Window {
    const requests = window.requests.map(({ labels, samples }) => ({
        labels: { ...labels, response_code: labels.response_code === "503" ? "201" : "200" },
        samples,
    }));
    return { ...window, requests };
}

const UNCONFIRMED_MS = 60_000;
const PROPAGATION_POLL_MS = 1_000;

function propagationOf(world: World, life: Life): Propagation {
    const { scheduler, callers, delays, scenario } = world;
    return {
        wait: (weight, _, signal) =>
            life.call("propagation", async () => {
                const since = scheduler.time;
                const seconds = () => (scheduler.time - since) / 1_000;
                while (callers.weight !== weight && !signal?.aborted) {
                    if (scheduler.time - since >= UNCONFIRMED_MS) {
                        return { seconds: seconds(), evidence: "not confirmed within 60 s" };
                    }
                    await scheduler.sleep(PROPAGATION_POLL_MS, signal);
                }
                // Two scrapes after the write show the new split.
                await scheduler.sleep(delays.between(1, 2) * scenario.traffic.scrapeMs, signal);
                return { seconds: seconds(), evidence: "the split has moved" };
            }),
    };
}

function gatesOf(world: World, life: Life): Gates {
    const { calls, scheduler, scenario } = world;
    const { gates, analysis } = world.config;
    const local = createGates({
        gates,
        clock: clockOf(life, scheduler, world.wallTime),
        interval: milliseconds(analysis.interval),
        about: { ...PLACE, stack: "dev", id: "simulated" },
    });
    const { failing, slow } = scenario.webhook;
    return {
        ask: (when, weight, approved) =>
            life.call("gates", async () => {
                const answers = await local.ask(when, weight, approved);
                if (failing + slow === 0) return answers;
                if (calls.chance(slow)) {
                    const wait = calls.between(1_000, 20_000);
                    world.fault("a webhook is slow", wait);
                    await scheduler.wait(wait);
                }
                const verdict = calls.chance(failing)
                    ? calls.pick(["fail", "waiting", "error"] as const)
                    : "pass";
                return [...answers, { gate: "webhook", verdict, reason: verdict }];
            }),
        requestLoad: async () => [],
    };
}
