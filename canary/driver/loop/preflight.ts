/** Checks whether a rollout can begin, before anything is written, and measures the stable version. */

import { SLOTS, type Slot } from "../../../rollout/config/slots";
import { otherObjects } from "../../analysis/cluster/otherRoutes";
import type { ReadConfig } from "../../analysis/config/readConfig";
import { unwatchableReason } from "../../analysis/config/watchable";
import { measuredRate, podCounts } from "../../analysis/counts/baseline";
import { observe } from "../../analysis/counts/counters";
import { type FetchResult, NO_CURSORS, type Window } from "../../analysis/counts/observation";
import { indistinctReasons } from "../../analysis/counts/referencedWorkloads";
import { measureBaseline } from "../../analysis/decision/measureBaseline";
import { planWeights, withHoldback } from "../../analysis/decision/probeWeight";
import type { Link, Started } from "../../analysis/record/record";
import type { Arm } from "../../analysis/statistics";
import { failedShare } from "../../analysis/statistics/counts";
import { percentText } from "../../analysis/text";
import type { Mesh, Ports } from "../ports";
import { noWeightKey } from "../pulumi/programWeights";
import { noPodsIn } from "./noPods";
import { routeReason } from "./routeReason";

/** The stable version is measured over this many seconds. */
const BASELINE_SECONDS = 600;

export interface Preflight {
    readonly started: Started;
    /** Share of the stable's requests that failed, 0–1; 0 without requests. */
    readonly stableShare: number;
    /** Warnings for the user. */
    readonly notes: readonly string[];
}

/** The rollout cannot begin. Lists every reason. */
export class NotReady extends Error {
    override readonly name = "NotReady";

    constructor(readonly reasons: readonly string[]) {
        const lines = reasons.map((one) => `  ${one}`);
        super(["The rollout cannot begin. Nothing was changed.", ...lines].join("\n"));
    }
}

export interface RunIdentity {
    readonly stack: string;
    readonly toolVersion: string;
    /** Pages about the change, besides those of the config. */
    readonly links?: readonly Link[];
}

/** @throws NotReady with every reason. */
export async function preflight(
    { clock, engine, mesh, metrics }: Pick<Ports, "clock" | "engine" | "mesh" | "metrics">,
    identity: RunIdentity,
): Promise<Preflight> {
    const config = await engine.config();
    const { rollout } = config;
    const [written, objects, noPods, configured, fetched] = await Promise.all([
        mesh.written().catch((error: Error) => error),
        mesh.others().catch((error: Error) => error),
        noPodsIn(mesh, rollout, rollout.canary),
        engine.configuredWeight(),
        metrics.fetch(BASELINE_SECONDS),
    ]);
    const reasons = targetReasons(config, configured);
    const route = await routeReason(mesh, rollout, configured, written);
    if (route !== undefined) reasons.push(route);
    const others =
        objects instanceof Error
            ? {
                  reasons: [],
                  notes: [`Other routes to the app could not be read: ${objects.message}`],
              }
            : otherObjects(rollout, objects);
    reasons.push(...others.reasons);
    if (noPods !== undefined && hasVersion(rollout, rollout.canary))
        reasons.push(...noPods.reasons);
    if (!fetched.ok && fetched.problem !== "empty") {
        reasons.push(`Prometheus: ${fetched.problem}: ${fetched.reason}`);
    }
    if (reasons.length > 0) throw new NotReady(reasons);
    const measured = measure(config, configured, fetched, identity, clock.now());
    const images = { ...measured.started.images, ...(await referencedImages(mesh)) };
    const started = { ...measured.started, images };
    return { ...measured, started, notes: [...measured.notes, ...others.notes] };
}

function hasVersion({ images, workloads }: ReadConfig["rollout"], slot: Slot): boolean {
    return images[slot] !== undefined || workloads?.[slot] !== undefined;
}

/** The images that somebody else's workloads have now. */
async function referencedImages(mesh: Pick<Mesh, "referenced">): Promise<Started["images"]> {
    const read = async (slot: Slot) => {
        const found = await mesh.referenced?.(slot).catch(() => undefined);
        return found?.image === undefined ? [] : [[slot, found.image] as const];
    };
    return Object.fromEntries((await Promise.all(SLOTS.map(read))).flat());
}

function targetReasons({ rollout, others }: ReadConfig, weight: number): string[] {
    const { name, canary, weightKey } = rollout;
    const reasons: string[] = [];
    if (weightKey === undefined) reasons.push(noWeightKey(name));
    for (const other of others) {
        if (weightKey === undefined || other.weightKey !== weightKey) continue;
        reasons.push(
            `${weightKey}: expected a key for each rollout, but ${name} and ${other.name} both take their weight from it. Remove \`weight\` from the arguments of both.`,
        );
    }
    const unwatchable = unwatchableReason(rollout);
    if (unwatchable !== undefined) reasons.push(unwatchable);
    reasons.push(...indistinctReasons(rollout.workloads));
    if (!hasVersion(rollout, canary)) {
        reasons.push(
            `versions.${canary}: expected a deployed version, got none. Add it to the config, then deploy it at weight 0: run \`pulumi up\`.`,
        );
    }
    if (weight === 100) {
        reasons.push(
            `${weightKey}: expected a weight below 100, got 100: the stable has no traffic to compare with. To swap the roles, run \`istio-canary promote\`.`,
        );
    }
    return reasons;
}

/** The first record of a rollout without metrics. */
export function startedWithoutMetrics(
    { rollout, driver, hash }: ReadConfig,
    weight: number,
    { stack, toolVersion, links = [] }: RunIdentity,
    now: number,
): Started {
    const pages = [...links, ...driver.links];
    const { name, idPrefix, app, namespace, stable, canary, ladder, images } = rollout;
    return {
        type: "started",
        id: `${idPrefix}-${new Date(now).toISOString().replace(/[-:]|\.\d+/g, "")}`,
        stack,
        rollout: name,
        app,
        namespace,
        stable,
        canary,
        images,
        ladder,
        probe: false,
        analysis: driver.analysis,
        bounds: [],
        dispersion: 1,
        rate: 0,
        startedAt: now,
        weight,
        cursors: NO_CURSORS,
        configHash: hash,
        toolVersion,
        ...(pages.length > 0 && { links: pages }),
    };
}

function measure(
    config: ReadConfig,
    weight: number,
    fetched: FetchResult,
    identity: RunIdentity,
    now: number,
): Preflight {
    const { rollout } = config;
    const { analysis } = config.driver;
    const { stable, canary } = rollout;
    const window: Window = fetched.ok ? fetched.window : EMPTY;
    const baseline = measureBaseline(window, stable, analysis);
    const above = rollout.ladder.filter((step) => step > weight);
    const weights =
        weight > 0
            ? { ladder: withHoldback([weight, ...above], analysis), probe: false }
            : planWeights(rollout.ladder, analysis, baseline.rate);
    const started: Started = {
        ...startedWithoutMetrics(config, weight, identity, now),
        ...weights,
        ...baseline,
        cursors: observe(window, NO_CURSORS, { stable, canary, bounds: baseline.bounds }).cursors,
    };
    const notes = [
        ...(fetched.ok ? [] : [`There are no requests yet: ${fetched.reason}`]),
        ...byAnotherRoute(window, rollout.app),
        ...(analysis.latency.enabled && baseline.bounds.length === 0
            ? ["Latency is not judged, because the stable has no requests to compare with."]
            : []),
        ...(baseline.usual === undefined
            ? []
            : [
                  `Failures come in clusters; in the median minute, ${percentText(baseline.usual.failedShare)} of the requests fail. The driver rolls back only if the service fails more than that.`,
              ]),
        ...Object.entries(window.custom).flatMap(([name, { problem }]) =>
            problem === undefined ? [] : [`Metric ${name} has no value: ${problem}`],
        ),
    ];
    return { started, stableShare: stableShareOf(podCounts(window, stable)), notes };
}

/** Requests that the callers' sidecars counted for the host, but at none of the two versions. */
function byAnotherRoute({ requests }: Window, app: string): string[] {
    const others = requests.filter(
        ({ labels }) => !SLOTS.some((slot) => slot === labels.destination_version),
    );
    const rate = measuredRate({ requests: others });
    if (rate === 0) return [];
    const perSecond = Number(rate.toPrecision(3));
    return [
        `${perSecond} requests per second reach ${app} by another route, or at pods without the label \`version\`. The driver does not judge them.`,
    ];
}

const EMPTY: Window = { askedAt: 0, requests: [], durations: [], received: [], custom: {} };

function stableShareOf(pods: readonly Arm[]): number {
    const requests = pods.reduce((sum, pod) => sum + pod.requests, 0);
    const failed = pods.reduce((sum, pod) => sum + pod.failed, 0);
    return failedShare({ requests, failed }) ?? 0;
}
