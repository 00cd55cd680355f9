// Simulated callers, versions and Prometheus: advances in steps of a second and records every scrape.
import { SLOTS, type Slot } from "../../../../../rollout/config/slots";
import type { Draw } from "../../random";
import {
    addRequests,
    addWaiting,
    countersOf,
    durationsOf,
    newSidecar,
    type Sidecar,
    settleDurations,
} from "./counters";
import { addTimeouts, grain } from "./durations";
import { CANARY, DEFAULTS, type Moment, type Shape, STABLE } from "./shape";

/** Milliseconds since the epoch of second 0. */
export const EPOCH = 1_800_000_000_000;
/** How long a request hangs, seconds. */
const TIMEOUT = { least: 15, longest: 30 };

/** Plain data, so that a pool of beginnings can be cloned. */
export interface World {
    now: number;
    weight: number;
    /** When the weight was written last. */
    written: number;
    /** When the canary first got at least 90 %; undefined before. */
    bakes: number | undefined;
    readonly sources: Sidecar[];
    readonly pods: Record<Slot, Pod[]>;
    /** Hanging requests. */
    hanging: Hanging[];
    /** Where the client's connection leads, and until when. */
    client: { version: Slot; until: number } | undefined;
    /** Failed requests of the canary beyond the share that the stable would have failed, and all its requests. */
    excess: number;
    canaryRequests: number;
    /** Whether durations are counted. */
    readonly latency: boolean;
}

interface Pod {
    readonly proxy: Sidecar;
    firstAt: number | undefined;
}

interface Hanging {
    readonly until: number;
    readonly source: number;
    readonly version: Slot;
    readonly pod: number;
}

/** @param from second at which the world begins */
export function newWorld(shape: Shape, from: number, latency: boolean, draw: Draw): World {
    const { sources = DEFAULTS.sources, scrape = DEFAULTS.scrape } = shape;
    // Prometheus spreads its targets over the interval.
    const first = draw.uniform() * scrape;
    const offset = (k: number) => Math.floor(first + (k * scrape) / sources) % scrape;
    return {
        now: from,
        weight: 0,
        written: from,
        bakes: undefined,
        sources: Array.from({ length: sources }, (_, k) =>
            newSidecar("callers", `caller-${k}`, `10.0.1.${k + 1}`, offset(k)),
        ),
        pods: { v1: [], v2: [] },
        hanging: [],
        client: undefined,
        excess: 0,
        canaryRequests: 0,
        latency,
    };
}

export function writeWeight(world: World, weight: number): void {
    world.weight = weight;
    world.written = world.now;
    if (weight >= 90) world.bakes ??= world.now;
}

/** Advances to a second, a second at a time. */
export function advance(world: World, shape: Shape, to: number, draw: Draw): void {
    const { scrape = DEFAULTS.scrape } = shape;
    for (let next = world.now + 1; next <= to; next++) {
        pass(world, shape, 1, draw);
        const scrapeIfDue = (one: Sidecar) => {
            if ((next - one.offset) % scrape === 0) scrapeProxy(world, shape, one, draw);
        };
        for (const source of world.sources) scrapeIfDue(source);
        for (const pod of world.pods.v1) scrapeIfDue(pod.proxy);
        for (const pod of world.pods.v2) scrapeIfDue(pod.proxy);
    }
}

/** Advances by a long step, at the end of which every proxy is scraped. */
export function leap(world: World, shape: Shape, seconds: number, draw: Draw): void {
    pass(world, shape, seconds, draw);
    for (const proxy of proxies(world)) scrapeProxy(world, shape, proxy, draw);
}

function proxies({ sources, pods }: World): Sidecar[] {
    return [...sources, ...SLOTS.flatMap((slot) => pods[slot].map(({ proxy }) => proxy))];
}

function pass(world: World, shape: Shape, seconds: number, draw: Draw): void {
    const { rate, client, latecomer, unlabelled, canaryPods = DEFAULTS.canaryPods } = shape;
    world.now += seconds;
    if (latecomer !== undefined && world.now >= latecomer.at) admit(world, shape);
    const sent = rate * seconds * (1 - (client?.share ?? 0));
    const stableShare = expectedFailures(world, shape);
    const sizes = {
        v1: shape.stablePods ?? DEFAULTS.stablePods,
        v2: canaryPods(world.weight),
    };
    for (const version of SLOTS) {
        const part = (version === CANARY ? world.weight : 100 - world.weight) / 100;
        if (part === 0) continue;
        const mean = (sent * part) / world.sources.length;
        const lost = unlabelled?.(momentOf(world, version, 0, 0)) ?? 0;
        for (const source of lost > 0 ? world.sources : []) {
            const failed = draw.poisson(mean * lost);
            addRequests(source, "unknown", "503", failed);
            if (world.latency) addWaiting(durationsOf(source, "unknown", "503"), failed, 1);
            if (version === CANARY) count(failed, failed);
        }
        for (let k = 0; k < sizes[version]; k++) {
            sendTo(version, k, (mean * (1 - lost)) / sizes[version]);
        }
    }
    if (client !== undefined) callAsClient(world, shape, seconds, draw);
    if (world.hanging.length > 0) endHanging(world);

    function count(requests: number, failed: number) {
        world.canaryRequests += requests;
        world.excess += failed - requests * stableShare;
    }

    function sendTo(version: Slot, k: number, mean: number) {
        const pod = podOf(world, shape, version, k, draw);
        const age = pod.firstAt === undefined ? 0 : world.now - pod.firstAt;
        const moment = momentOf(world, version, k, age);
        const failing = shape.failures(moment);
        const hanging = shape.timeouts?.(moment) ?? 0;
        const slowness = grain(shape.slowness?.(moment) ?? 1);
        const code = shape.code ?? "500";
        world.sources.forEach((source, index) => {
            const failed = draw.poisson(mean * failing);
            const good = draw.poisson(mean * Math.max(0, 1 - failing - hanging));
            const hung = hanging > 0 ? draw.poisson(mean * hanging) : 0;
            addRequests(source, version, "200", good);
            addRequests(source, version, code, failed);
            addRequests(pod.proxy, version, "200", good);
            addRequests(pod.proxy, version, code, failed);
            for (let n = 0; n < hung; n++) {
                const lasts = TIMEOUT.least + draw.uniform() * (TIMEOUT.longest - TIMEOUT.least);
                world.hanging.push({ until: world.now + lasts, source: index, version, pod: k });
            }
            if (world.latency) {
                addWaiting(durationsOf(source, version, "200"), good, slowness);
                if (failed > 0) addWaiting(durationsOf(source, version, code), failed, slowness);
            }
            if (good + failed + hung === 0) return;
            pod.firstAt ??= world.now;
            if (version === CANARY) count(good + failed + hung, failed + hung);
        });
    }
}

/** Share of its requests that the stable fails, or would fail if it got any. */
function expectedFailures(world: World, shape: Shape): number {
    const pods = shape.stablePods ?? DEFAULTS.stablePods;
    let sum = 0;
    for (let pod = 0; pod < pods; pod++) {
        const moment = momentOf(world, STABLE, pod, Number.POSITIVE_INFINITY);
        sum +=
            shape.failures(moment) +
            (shape.timeouts?.(moment) ?? 0) +
            (shape.unlabelled?.(moment) ?? 0);
    }
    return sum / pods;
}

function momentOf(world: World, version: Slot, pod: number, age: number): Moment {
    const { now, weight, bakes, written } = world;
    const baking = bakes === undefined ? -1 : now - bakes;
    return { at: now, version, pod, age, weight, baking, phase: now - written };
}

function podOf(world: World, shape: Shape, version: Slot, k: number, draw: Draw): Pod {
    const pods = world.pods[version];
    for (let next = pods.length; next <= k; next++) {
        const offset = Math.floor(draw.uniform() * (shape.scrape ?? DEFAULTS.scrape));
        const address = `10.0.${version === STABLE ? 2 : 3}.${next + 1}`;
        const proxy = newSidecar("shop", `web-${version}-${next}`, address, offset);
        pods.push({ proxy, firstAt: undefined });
    }
    return pods[k] as Pod;
}

function callAsClient(world: World, shape: Shape, seconds: number, draw: Draw): void {
    const { client, rate, code = "500" } = shape;
    const [source] = world.sources;
    if (client === undefined || source === undefined) return;
    if (world.client === undefined || world.now >= world.client.until) {
        const version = draw.uniform() * 100 < world.weight ? CANARY : STABLE;
        world.client = { version, until: world.now + client.connection };
    }
    const { version } = world.client;
    const failed = draw.poisson(rate * seconds * client.share);
    addRequests(source, version, code, failed);
    addRequests(podOf(world, shape, version, 0, draw).proxy, version, code, failed);
    if (world.latency) addWaiting(durationsOf(source, version, code), failed, 1);
}

function endHanging(world: World): void {
    const isOver = ({ until }: Hanging) => until <= world.now;
    for (const { source: index, version, pod } of world.hanging.filter(isOver)) {
        const source = world.sources[index];
        if (source === undefined) continue;
        addRequests(source, version, "504", 1);
        const receiver = world.pods[version][pod];
        if (receiver !== undefined) addRequests(receiver.proxy, version, "504", 1);
        if (world.latency) addTimeouts(durationsOf(source, version, "504").counts, 1, 20_000);
    }
    world.hanging = world.hanging.filter((one) => !isOver(one));
}

/** Requests of the latecomer's past, of each version. */
const PAST = 1_000_000;

function admit(world: World, { latecomer, sources = DEFAULTS.sources }: Shape): void {
    if (latecomer === undefined || world.sources.length > sources) return;
    const proxy = newSidecar("callers", "latecomer", "10.0.1.99", 1);
    for (const [version, failed] of [
        [STABLE, 0.001],
        [CANARY, latecomer.canaryFailed],
    ] as const) {
        addRequests(proxy, version, "200", Math.round(PAST * (1 - failed)));
        addRequests(proxy, version, "500", Math.round(PAST * failed));
        if (world.latency) addWaiting(durationsOf(proxy, version, "200"), PAST, 1);
    }
    world.sources.push(proxy);
}

function scrapeProxy(world: World, { pausedJob }: Shape, proxy: Sidecar, draw: Draw): void {
    const { now } = world;
    const at = EPOCH + now * 1_000;
    const isTwice = pausedJob !== undefined && proxy === world.sources[0];
    const isPaused = isTwice && now >= pausedJob.from && now < pausedJob.to;
    if (world.latency) settleDurations(proxy, draw);
    for (const { value, samples, second } of countersOf(proxy)) {
        if (!isPaused) samples.push([at, value]);
        if (isTwice) second.push([at, value]);
    }
    if (proxy.requests.size > 0) proxy.scraped = now;
}
