// Everything outside the driver in one simulation, and what has happened in it.
import { checkDriverConfig, type DriverConfig } from "../../../canary/analysis/config/driverConfig";
import type { JournalRecord } from "../../../canary/analysis/record/record";
import type { RolloutStatus } from "../../../canary/analysis/record/reduce";
import { ApiServer } from "./apiServer";
import { Callers } from "./callers";
import { Disk } from "./disk";
import { Engine } from "./engine";
import { type Luck, luckOf } from "./luck";
import type { Bug, Scenario } from "./scenario";
import { Life, Scheduler } from "./scheduler";

/** 2026-11-21 12:00 UTC. */
export const EPOCH = Date.UTC(2026, 10, 21, 12);
/** Traffic before the rollout. */
const BASELINE_MS = 60_000;

/** A time in which something was broken; `cost` bounds how much it may delay the driver. */
export interface Outage {
    readonly from: number;
    readonly to: number;
    readonly cost: number;
}

export interface RouteChange {
    readonly at: number;
    readonly before: number;
    readonly after: number;
    readonly by: string;
}

export class World {
    readonly scheduler = new Scheduler();
    readonly calls: Luck;
    readonly delays: Luck;
    readonly people: Luck;
    readonly api: ApiServer;
    readonly engine: Engine;
    readonly callers: Callers;
    readonly disk: Disk;
    /** Difference between the driver's clock and real time. */
    clockOffset = 0;
    isPrometheusDown = false;
    /** As checked by the driver, except for the weight. */
    readonly config: DriverConfig;
    /** The driver's process, if one runs. */
    driver: Life | undefined;
    readonly outages: Outage[] = [];
    readonly route: RouteChange[] = [];
    /** Records whose append has resolved, by journal. */
    readonly acknowledged = new Map<string, JournalRecord[]>();
    /** When a person last changed the config, the route, or the rollout. */
    handAt = Number.NEGATIVE_INFINITY;
    /** The status of the driver that ended the rollout. */
    live: RolloutStatus | undefined;
    /** When a rollback's update was last confirmed. */
    confirmedAt = Number.NEGATIVE_INFINITY;
    readonly violations: string[] = [];
    readonly trace: string[] = [];
    /** Called when the driver's process has died or ended. */
    onDeath: (life: Life, why: string) => void = () => undefined;
    /** Processes of the driver so far. */
    processes = 0;
    private steps = 0;
    private readonly crashes: number[];
    private lives = 0;

    constructor(
        readonly scenario: Scenario,
        readonly bug: Bug | undefined,
        private readonly isTraced: boolean,
    ) {
        const { seed, traffic, analysis, gates } = scenario;
        const checked = checkDriverConfig({ analysis, gates });
        if (!checked.ok) throw new Error(`seed ${seed}: ${JSON.stringify(checked.problems)}`);
        this.config = checked.config;
        this.calls = luckOf(seed, "calls");
        this.delays = luckOf(seed, "delays");
        this.people = luckOf(seed, "people");
        this.crashes = [...scenario.crashes];
        this.callers = new Callers(traffic, luckOf(seed, "traffic"), -BASELINE_MS);
        this.disk = new Disk(luckOf(seed, "disk"), {
            failing: scenario.disk,
            ignoresSync: bug === "lostSync",
        });
        const fault = (name: string, cost: number) => this.fault(name, cost);
        this.api = new ApiServer(this.scheduler, this.calls, scenario.api, fault, (...change) =>
            this.changeRoute(...change),
        );
        this.engine = new Engine(this.scheduler, this.api, this.calls, scenario.engine, fault);
        this.engine.keepsConfig = bug === "keepsConfig";
    }

    get now(): number {
        return this.scheduler.time;
    }

    wallTime = (): number => EPOCH + Math.floor(this.now) + this.clockOffset;

    log(text: () => string): void {
        if (!this.isTraced) return;
        this.trace.push(`${(this.now / 1_000).toFixed(3).padStart(9)} s  ${text()}`);
    }

    violate(text: string): void {
        this.log(() => `VIOLATION ${text}`);
        this.violations.push(text);
    }

    /** Something goes wrong now, and may delay the driver by `cost`. */
    fault(name: string, cost: number, lasts = cost): void {
        this.log(() => `fault: ${name} (${(cost / 1_000).toFixed(1)} s)`);
        this.outages.push({ from: this.now, to: this.now + lasts, cost });
    }

    newLife(user: string, host: string): Life {
        const pid = 100 + this.lives++;
        return new Life(`${user}@${host}:${pid}`, host, pid, (life, name) => this.step(life, name));
    }

    /** Ends the driver's process at once. */
    kill(life: Life, why: string): void {
        if (!life.isAlive) return;
        life.isAlive = false;
        const isPowerCut = this.delays.chance(this.scenario.powerCuts);
        this.engine.abandon(life, isPowerCut);
        if (isPowerCut) this.disk.cutPower();
        this.log(() => `${life.holder} ${isPowerCut ? "loses power" : "dies"}: ${why}`);
        this.onDeath(life, why);
    }

    private step(life: Life, name: string): void {
        if (life !== this.driver) return;
        this.steps++;
        const [next] = this.crashes;
        if (next === undefined || this.steps < next) return;
        this.crashes.shift();
        this.kill(life, `killed at call ${this.steps}, ${name}`);
    }

    private changeRoute(before: number, after: number, by: string): void {
        this.log(() => `route: ${before} → ${after} by ${by}`);
        this.route.push({ at: this.now, before, after, by });
        const delay = this.delays.between(50, this.scenario.push);
        if (delay > 3_000) this.fault("the route reaches callers late", delay);
        this.scheduler.after(delay, () => this.callers.setWeight(this.api.weight, this.now));
    }
}
