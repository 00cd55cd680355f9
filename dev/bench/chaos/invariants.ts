// What must hold in every simulation.
import { SETTLE_MS } from "../../../canary/analysis/decision/analysisState";
import { milliseconds, weightToCompareAt } from "../../../canary/analysis/decision/rolloutSettings";
import type { JournalRecord } from "../../../canary/analysis/record/record";
import { type RolloutStatus, replay } from "../../../canary/analysis/record/reduce";
import { TIMEOUT_MS } from "./apiServer";
import { lastRollout } from "./driver";
import type { RouteChange, World } from "./world";

/** Outages count if they end at most this long before an unsafe weight. */
const AFTERMATH_MS = 30_000;
const CHECK_MS = 1_000;

/** Samples that overwhelming evidence may need beyond `corroboration`, at most. */
const DETECTION_SAMPLES = 3;
/** Preview and update of a phase that has just begun, and the update of the rollback. */
const UPDATES_MS = 20_000;

/** How long a canary that fails every request may keep a weight, without outages. */
export function unsafeBound(world: World): number {
    const { analysis } = world.config;
    const { scrapeMs } = world.scenario.traffic;
    const sample = Math.max(milliseconds(analysis.interval), scrapeMs) + 2_000;
    const samples = analysis.corroboration + DETECTION_SAMPLES;
    // From 100 % the driver first retreats to a weight at which it can compare, once the requests from before have ended.
    return 2 * samples * sample + UPDATES_MS + SETTLE_MS;
}

/** Watches for a weight at which the canary fails everything, from the write of the route on. */
export class UnsafeWatch {
    longest = 0;
    private since: number | undefined;
    private isReported = false;
    private readonly bound: number;

    constructor(
        private readonly world: World,
        private readonly isOver: () => boolean,
    ) {
        this.bound = unsafeBound(world);
    }

    begin(): void {
        this.check();
        if (!this.isOver()) this.world.scheduler.after(CHECK_MS, () => this.begin());
    }

    private check(): void {
        const { world } = this;
        const { api, callers, scenario, now } = world;
        const isUnsafe = callers.isFailing && scenario.traffic.canary === 1 && api.weight > 0;
        if (!isUnsafe) {
            this.since = undefined;
            return;
        }
        this.since ??= now;
        const { since } = this;
        const stands = now - since;
        const costs = world.outages
            .filter(({ to }) => to >= since - AFTERMATH_MS)
            .reduce((sum, { cost }) => sum + cost, 0);
        const bound = this.bound + costs;
        if (costs === 0) this.longest = Math.max(this.longest, stands / bound);
        if (stands <= bound || this.isReported) return;
        this.isReported = true;
        const seconds = (ms: number) => `${Math.round(ms / 1_000)} s`;
        world.violate(
            `unsafe: weight ${api.weight} stands for ${seconds(stands)}, bound ${seconds(bound)}`,
        );
    }
}

/** Checks a world whose rollout has ended. */
export function checkEnd(world: World): void {
    const last = lastRollout(world);
    if (last === undefined) return;
    const { name, records } = last;
    const status = replay(records);
    checkAcknowledged(world, name, records);
    checkEnded(world, records, status);
    if (status.differences.length > 0) {
        world.violate(`decisions: ${JSON.stringify(status.differences[0])}`);
    }
    const { live } = world;
    if (live !== undefined && JSON.stringify(status) !== JSON.stringify(live)) {
        world.violate("replay: the journal gives another status than the running driver had");
    }
    checkCounts(world, records, status);
    checkLadder(world, status);
}

/** Every record whose append has resolved is still there. */
export function checkAcknowledged(
    world: World,
    name: string,
    records: readonly JournalRecord[],
): void {
    const known = world.acknowledged.get(name) ?? [];
    const lost = known.find(
        (record, index) => JSON.stringify(record) !== JSON.stringify(records[index]),
    );
    if (lost !== undefined) world.violate(`journal: record ${lost.seq} (${lost.type}) was lost`);
}

function checkEnded(
    world: World,
    records: readonly JournalRecord[],
    { ended, started, writtenWeight, reason }: RolloutStatus,
): void {
    const count = records.filter(({ type }) => type === "ended").length;
    if (count !== 1 || records.at(-1)?.type !== "ended" || ended === undefined) {
        world.violate(`ended: expected one record at the end, got ${count}`);
        return;
    }
    const { api, engine, scenario } = world;
    const found = `${ended.outcome} (${reason}); route ${api.weight}, config ${engine.configured}, status ${writtenWeight}`;
    const { outcome } = ended;
    // What a person changed meanwhile is theirs.
    const isTouched = world.handAt > Number.NEGATIVE_INFINITY;
    const expected = { promoted: 100, rolledBack: 0, held: writtenWeight }[outcome];
    if (!isTouched && (api.weight !== expected || engine.configured !== expected)) {
        world.violate(`end: ${found}`);
    }
    // A person may still change the route between the last look at it and its record, and the look's answer may be late.
    const isConfirmed = world.confirmedAt > world.handAt + TIMEOUT_MS + 1_000;
    if (outcome === "rolledBack" && isConfirmed && api.weight !== 0) {
        world.violate(`end: ${found}`);
    }
    const { traffic } = scenario;
    const isHealthy = !traffic.isNoisy && traffic.canary === traffic.stable;
    if (isHealthy && outcome === "rolledBack" && /^(errors|bake|objective)/.test(ended.reason)) {
        world.violate(`healthy: ${found}`);
    }
    if (/the rollback failed/.test(ended.reason) && !isTouched) {
        const costs = world.outages.reduce((sum, { cost }) => sum + cost, 0);
        if (costs < 600_000) world.violate(`gave up: ${found}`);
    }
    if (started.id === "") world.violate("ended: no id");
}

/** No request is counted twice, however often the driver died. */
function checkCounts(
    world: World,
    records: readonly JournalRecord[],
    { analysis }: RolloutStatus,
): void {
    const counted = analysis?.counts;
    if (counted === undefined || records.length === 0) return;
    world.callers.pass(world.now);
    const { sent } = world.callers;
    // A failure's rounding differs by source and code.
    if (counted.canary.requests > sent.v2 + 10) {
        world.violate(
            `counts: ${counted.canary.requests} canary requests counted, ${sent.v2} sent`,
        );
    }
}

/** Each weight follows the one before it in the ladder, and none is set twice on the way up. */
function checkLadder(world: World, { started }: RolloutStatus): void {
    if (world.handAt > Number.NEGATIVE_INFINITY) return;
    const { ladder } = started;
    const below = weightToCompareAt(started);
    let set = new Set<number>();
    for (const { before, after, by } of world.route.filter(isByDriver)) {
        const path = `${before} → ${after} by ${by}`;
        if (after === 0) {
            set = new Set();
        } else if (after < before) {
            if (before !== 100 || after !== below) world.violate(`ladder: ${path}`);
            // It climbs again from there.
            for (const one of set) if (one > after) set.delete(one);
        } else {
            const next = ladder.find((one) => one > before);
            if (after !== next) world.violate(`ladder: ${path}, expected ${next}`);
            if (set.has(after)) world.violate(`twice: ${path}`);
            set.add(after);
        }
    }
}

const isByDriver = ({ by }: RouteChange) => by.startsWith("driver@");
