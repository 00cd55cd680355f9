// Who starts the driver again, sends it commands, edits what it manages, and breaks what it needs.

import type { Control } from "../../../canary/analysis/record/record";
import { kubernetesLease } from "../../../canary/driver/lease/lease";
import { readLease, requestControl } from "../../../canary/driver/lease/leaseView";
import { NotReady } from "../../../canary/driver/loop/preflight";
import { RETRY_MS } from "./apiServer";
import { drive, lastRollout, type Mode } from "./driver";
import { checkAcknowledged } from "./invariants";
import { PLACE } from "./ports";
import type { Disturbance } from "./scenario";
import { clockOf, type Life } from "./scheduler";
import { EPOCH, type World } from "./world";

/** What a new process of the driver costs besides its start: the Lease, the stack's lock, an update again. */
const RESUME_MS = 30_000;
/** The Lease of another host: it must be seen not to be renewed. */
const OTHER_HOST_MS = 45_000;
const APPROVE_MS = 20_000;
/** No other rollout takes that long. */
const DECIDE_MS = 30 * 60_000;
const DECIDE_AGAIN_MS = 2 * 60_000;

export class People {
    isOver = false;
    private stop = new AbortController();
    private host = "desk";
    private commands = Promise.resolve();

    constructor(private readonly world: World) {
        world.onDeath = (life) => this.startAgain(life);
    }

    begin(): void {
        const { scheduler, scenario } = this.world;
        for (const one of scenario.disturbances) scheduler.after(one.at, () => this.disturb(one));
        if (scenario.gates.length > 0) scheduler.after(APPROVE_MS, () => void this.approve());
        scheduler.after(DECIDE_MS, () => void this.decide());
        this.launch("run");
    }

    private launch(mode: Mode): void {
        const { world } = this;
        const life = world.newLife("driver", this.host);
        world.driver = life;
        world.processes++;
        this.stop = new AbortController();
        drive(world, life, mode, this.stop.signal).then(
            () => this.exit(life, undefined),
            (error: unknown) => this.exit(life, error),
        );
    }

    private exit(life: Life, error: unknown): void {
        if (!life.isAlive) return;
        life.isAlive = false;
        const { world } = this;
        world.log(() => `${life.holder} exits: ${error ?? "done"}`);
        if (error instanceof NotReady) this.makeReady();
        if (error instanceof TypeError) world.violate(`the driver throws ${error.stack}`);
        this.startAgain(life);
    }

    /** Nobody leaves a rollout without a driver for long. */
    private startAgain(life: Life): void {
        const { world } = this;
        const { scenario, people, scheduler } = world;
        const last = this.readLast();
        if (last === "unreadable" || last?.ended !== undefined) {
            this.isOver = true;
            return;
        }
        if (last !== undefined) checkAcknowledged(world, last.name, last.records);
        const moves = people.chance(scenario.moves);
        if (moves) this.host = this.host === "desk" ? "laptop" : "desk";
        const wait = people.between(100, scenario.restart);
        const cost = RESUME_MS + (this.host === life.host ? 0 : OTHER_HOST_MS);
        world.fault("no driver", wait + cost, wait + cost);
        scheduler.after(wait, () => {
            const resumed = people.chance(scenario.rollsBack) ? "rollback" : "resume";
            this.launch(last === undefined ? "run" : resumed);
        });
    }

    private readLast() {
        try {
            return lastRollout(this.world);
        } catch (error) {
            this.world.violate(`journal: ${(error as Error).message}`);
            return "unreadable";
        }
    }

    /** After the driver has refused to begin, a person runs `pulumi up` with weight 0. */
    private makeReady(): void {
        const { api, engine } = this.world;
        if (api.isDown) return;
        engine.configured = 0;
        if (api.weight !== 0) api.writeWeight(0, "ada");
    }

    private disturb(one: Disturbance): void {
        const { world } = this;
        const { api, callers, scheduler } = world;
        const later = (work: () => void) => scheduler.after(one.for, work);
        const fault = (cost: number, name: string = one.kind) =>
            world.fault(name, cost, one.for + RETRY_MS);
        switch (one.kind) {
            case "api":
                fault(one.for + 2 * RETRY_MS);
                api.isDown = true;
                later(() => {
                    api.isDown = false;
                });
                return;
            case "cutOff": {
                fault(one.for + 2 * RETRY_MS);
                const life = world.driver;
                if (life === undefined) return;
                life.isCutOff = true;
                later(() => {
                    life.isCutOff = false;
                });
                return;
            }
            case "prometheus":
                fault(one.for + 10_000);
                world.isPrometheusDown = true;
                later(() => {
                    world.isPrometheusDown = false;
                });
                return;
            case "scrapes":
                fault(one.for + 20_000);
                callers.pass(world.now);
                callers.isScraped = false;
                later(() => {
                    callers.pass(world.now);
                    callers.isScraped = true;
                });
                return;
            case "rival":
                void this.compete(one.for);
                return;
            case "breaks":
                callers.pass(world.now);
                callers.isFailing = true;
                return;
            case "lock":
                this.takeLock(one.for, one.isHolderDead);
                return;
            case "clock":
                // While the clock is wrong, Prometheus' answers cannot be used.
                fault(one.for + 10_000, `the clock jumps by ${one.by / 1_000} s`);
                world.clockOffset += one.by;
                later(() => {
                    world.clockOffset -= one.by;
                    world.fault("the clock jumps back", 10_000);
                });
                return;
            case "stop":
                this.stop.abort();
                return;
            case "command":
                void this.command(one.control);
                return;
            case "hand":
                this.edit(one.edits, one.weight);
        }
    }

    private takeLock(milliseconds: number, isHolderDead: boolean): void {
        const { world } = this;
        const cost = isHolderDead ? 5_000 : milliseconds + RETRY_MS;
        const release = world.engine.lockFor(world.newLife("ada", "desk"), isHolderDead);
        if (release === undefined) return;
        world.fault(`a ${isHolderDead ? "dead" : "living"} process holds the lock`, cost);
        if (!isHolderDead) world.scheduler.after(milliseconds, release);
    }

    private edit(what: "config" | "route" | "up", weight: number): void {
        const { world } = this;
        const { api, engine, scheduler } = world;
        const touch = () => {
            world.handAt = world.now;
            world.fault(`ada edits: ${what} ${weight}`, RETRY_MS);
        };
        const write = () => {
            if (api.isDown) return;
            touch();
            api.writeWeight(weight, "ada");
        };
        if (what === "route") {
            write();
            return;
        }
        touch();
        engine.configured = weight;
        if (what === "config") return;
        const release = engine.lockFor(world.newLife("ada", "laptop"), false);
        if (release === undefined) return;
        scheduler.after(2_000, write);
        scheduler.after(3_000, release);
    }

    /** A person sends a command only when the last one has an answer, however slow the API server is. */
    private command(control: Control): Promise<void> {
        this.commands = this.commands.then(() => this.send(control));
        return this.commands;
    }

    private async send(control: Control): Promise<void> {
        const { world } = this;
        const cluster = world.api.clientOf(world.newLife("ada", "laptop"));
        while (!this.isOver) {
            try {
                const now = EPOCH + world.now;
                await requestControl(cluster, PLACE, control, "ada", now);
                world.log(() => `ada sends ${control}`);
                return;
            } catch {
                if (control !== "resume") return;
                await world.scheduler.wait(5_000);
            }
        }
    }

    private async approve(): Promise<void> {
        const { world } = this;
        const cluster = world.api.clientOf(world.newLife("ada", "laptop"));
        while (!this.isOver) {
            const view = await readLease(cluster, PLACE, EPOCH + world.now).catch(() => undefined);
            if (view?.status?.state === "waiting") await this.command("approve");
            await world.scheduler.wait(APPROVE_MS);
        }
    }

    /** A rollout that holds at its deadline waits for a person. */
    private async decide(): Promise<void> {
        while (!this.isOver) {
            await this.command("promote");
            await this.world.scheduler.wait(DECIDE_AGAIN_MS);
        }
    }

    /** Another driver takes the Lease as soon as it can, and holds it. */
    private async compete(milliseconds: number): Promise<void> {
        const { world } = this;
        const { scheduler } = world;
        const life = world.newLife("ben", "other");
        const clock = clockOf(life, scheduler, () => EPOCH + Math.floor(world.now));
        const self = { holder: life.holder, host: life.host, alive: () => false };
        const cluster = world.api.clientOf(life);
        for (let attempt = 0; attempt < 20 && !this.isOver; attempt++) {
            const lease = kubernetesLease(cluster, PLACE, clock, async () => false, self);
            try {
                await lease.acquire();
            } catch {
                await scheduler.wait(2_000);
                continue;
            }
            world.fault("ben's driver has the Lease", milliseconds + 2 * RETRY_MS);
            await scheduler.wait(milliseconds);
            await lease.release().catch(() => undefined);
            return;
        }
    }
}
