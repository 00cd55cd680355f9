/** What a rollout is about, found out before anything is written: config, routes, traffic, what the stable is like. */

import type { RolloutConfig } from "../../../rollout/config/rolloutConfig";
import type { ReadConfig } from "../../analysis/config/readConfig";
import { unwatchable } from "../../analysis/config/watchable";
import { durationHistogram, podCounts, requestRate } from "../../analysis/counts/baseline";
import { observe } from "../../analysis/counts/counters";
import type { Fetched, Window } from "../../analysis/counts/observation";
import { weightsOf } from "../../analysis/decision/probeWeight";
import { driftIn } from "../../analysis/record/drift";
import { imagesOf, type Started } from "../../analysis/record/record";
import { type Arm, dispersion, latencyBounds } from "../../analysis/statistics";
import type { Ports } from "../ports";

/** What the stable was like is read of this many seconds. */
const BEFORE_SECONDS = 600;

export interface Preflight {
    readonly about: Started;
    /** Failure share of the stable before the rollout, 0–1; 0 without requests. */
    readonly stableShare: number;
    /** What a person should know before it begins. */
    readonly notes: readonly string[];
}

/** Everything that keeps a rollout from beginning, at once. */
export class NotReady extends Error {
    override readonly name = "NotReady";

    constructor(readonly reasons: readonly string[]) {
        super(
            [
                "The rollout cannot begin; nothing was changed.",
                ...reasons.map((one) => `  ${one}`),
            ].join("\n"),
        );
    }
}

export interface Named {
    readonly stack: string;
    readonly toolVersion: string;
}

/** @throws NotReady with every reason; ConfigError when the config is wrong. */
export async function preflight(
    { clock, engine, mesh, metrics }: Pick<Ports, "clock" | "engine" | "mesh" | "metrics">,
    named: Named,
): Promise<Preflight> {
    const config = await engine.config();
    const { rollout } = config;
    const reasons = [...configReasons(rollout)];
    const [written, fetched] = await Promise.all([
        mesh.written().catch((error: Error) => error),
        metrics.fetch(BEFORE_SECONDS),
    ]);
    if (written instanceof Error) {
        reasons.push(
            `The VirtualService ${rollout.namespace}/${rollout.app} could not be read: ${written.message}`,
        );
    } else {
        const found = driftIn({
            wanted: rollout.weight,
            canary: rollout.canary,
            written,
            configured: rollout.weight,
        });
        if (found !== undefined) {
            reasons.push(
                `The VirtualService ${rollout.namespace}/${rollout.app} has weight ${found.found}, the stack's config ${found.wanted}. Bring them together first: pulumi up`,
            );
        }
    }
    if (!fetched.ok && fetched.problem !== "empty") {
        reasons.push(`Prometheus: ${fetched.problem}: ${fetched.reason}`);
    }
    if (reasons.length > 0) throw new NotReady(reasons);
    return begin(config, fetched, named, clock.now());
}

function configReasons(rollout: RolloutConfig): string[] {
    const { canary, versions, weight } = rollout;
    const reasons: string[] = [];
    const unwatched = unwatchable(rollout);
    if (unwatched !== undefined) reasons.push(`istio-canary:${unwatched}`);
    if (versions[canary] === undefined) {
        reasons.push(
            `istio-canary:versions.${canary}: is missing; must say what the canary runs. Set it, and deploy it at weight 0: pulumi up`,
        );
    }
    if (weight === 100) {
        reasons.push(
            "istio-canary:weight: must be below 100, where there is a stable to compare with; found 100. Swap the roles: istio-canary promote",
        );
    }
    return reasons;
}

/** What a rollout is about by its config alone: no metrics, so that no evidence can be had. */
export function unlooked(
    { rollout, driver, hash }: ReadConfig,
    { stack, toolVersion }: Named,
    now: number,
): Started {
    const { app, namespace, stable, canary, weight, ladder } = rollout;
    return {
        type: "started",
        id: `${app}-${new Date(now).toISOString().replace(/[-:]|\.\d+/g, "")}`,
        stack,
        app,
        namespace,
        stable,
        canary,
        images: imagesOf(rollout),
        ladder,
        probe: false,
        analysis: driver.analysis,
        bounds: [],
        dispersion: 1,
        rate: 0,
        startedAt: now,
        weight,
        cursors: {},
        configHash: hash,
        toolVersion,
    };
}

function begin(config: ReadConfig, fetched: Fetched, named: Named, now: number): Preflight {
    const { rollout } = config;
    const { analysis } = config.driver;
    const { stable, canary, weight } = rollout;
    const window: Window = fetched.ok ? fetched.window : EMPTY;
    const rate = requestRate(window);
    const bounds = analysis.latency.enabled ? latencyBounds(durationHistogram(window, stable)) : [];
    const pods = podCounts(window, stable);
    const above = rollout.ladder.filter((step) => step > weight);
    const weights =
        weight > 0
            ? { ladder: [weight, ...above], probe: false }
            : weightsOf(rollout.ladder, analysis, rate);
    const about: Started = {
        ...unlooked(config, named, now),
        ...weights,
        bounds,
        dispersion: dispersion(pods),
        rate,
        cursors: observe(window, {}, { stable, canary, weight, startedAt: now, bounds }).cursors,
    };
    const notes = [
        ...(fetched.ok ? [] : [`No requests are counted: ${fetched.reason}`]),
        ...(analysis.latency.enabled && bounds.length === 0
            ? ["Latency is not judged: the stable has no requests to compare with."]
            : []),
    ];
    return { about, stableShare: shareOf(pods), notes };
}

const EMPTY: Window = { askedAt: 0, requests: [], durations: [], received: [], custom: {} };

function shareOf(pods: readonly Arm[]): number {
    const requests = pods.reduce((sum, pod) => sum + pod.requests, 0);
    return requests === 0 ? 0 : pods.reduce((sum, pod) => sum + pod.failed, 0) / requests;
}
