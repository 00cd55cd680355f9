// One rollout of one tool in a namespace of its own, with a client that sends all the while: what it did, and what users saw of it.
import { setTimeout as sleep } from "node:timers/promises";
import { crash } from "../../../tests/mesh/harness/podProcesses";
import { Client } from "../../sandbox/demo/client";
import { failed, type Request } from "../../sandbox/demo/requests";
import type { Target } from "../../sandbox/demo/target";
import type { Scenario } from "./faultScenarios";
import { AFTERMATH, type Figures, figuresOf, type Outcome } from "./figures";
import type { Release, Tool } from "./tool";

/** The way back after a promotion. */
export interface Back {
    /** Seconds from asking for it to the last request that the new version got. */
    readonly seconds: number;
    /** Seconds that the tool took to say so. */
    readonly ended: number;
    readonly failed: number;
}

export interface LaneResult extends Figures {
    readonly tool: string;
    readonly scenario: string;
    readonly outcome: Outcome;
    readonly reason: string;
    /** Seconds from the release to the tool's end. */
    readonly ended: number;
    readonly podsStarted: number;
    readonly back?: Back;
}

export interface LaneOptions {
    readonly tool: Tool;
    readonly scenario: Scenario;
    readonly target: Target;
    readonly signal: AbortSignal;
    /** Setting up waits for its turn: pods that start take more than pods that run. */
    readonly turn: <T>(work: () => Promise<T>) => Promise<T>;
    /** Traffic before the release, seconds: what a comparison with before rests on. */
    readonly before: number;
    readonly say: (line: string) => void;
}

const CRASH_EVERY = 3_000;
/** For a way back, minutes. */
const BACK_MINUTES = 4;

export class Lane {
    readonly namespace: string;
    private readonly client: Client | undefined;
    private readonly closers: (() => Promise<unknown>)[] = [];
    private ended: Promise<unknown> = Promise.resolve();

    constructor(private readonly options: LaneOptions) {
        const { tool, scenario, target } = options;
        this.namespace = `bench-${tool.id}-${scenario.id.toLowerCase()}`;
        const host = `web.${this.namespace}.svc.cluster.local`;
        const { rate } = scenario;
        this.client =
            rate === 0
                ? undefined
                : new Client(target, {
                      namespace: `${this.namespace}-client`,
                      url: `http://${host}/`,
                      rate,
                      maxMinutes: tool.minutes(scenario) + 10,
                      unsaid: "v1",
                  });
    }

    /** What came of it; an error of the tool or of ours is an outcome, too. @throws when it is interrupted. */
    run(): Promise<LaneResult> {
        const run = this.removed();
        this.ended = run.catch(() => undefined);
        return run;
    }

    /** When all of it is gone, however it ended. */
    async gone(): Promise<void> {
        await this.ended;
    }

    private async removed(): Promise<LaneResult> {
        const { tool, scenario, signal } = this.options;
        try {
            return await this.measured();
        } catch (error) {
            signal.throwIfAborted();
            const reason = error instanceof Error ? error.message : String(error);
            const nothing = figuresOf([], { releasedAt: 0, endedAt: 0 }, scenario);
            const of = { tool: tool.id, scenario: scenario.id, ...nothing };
            return { ...of, outcome: "error", reason, ended: 0, podsStarted: 0 };
        } finally {
            await this.remove();
        }
    }

    /** All of it, whatever of it fails to go; that is said. */
    private async remove(): Promise<void> {
        const { target, say } = this.options;
        const which = ["namespace", this.namespace, "--ignore-not-found", "--wait=false"];
        const steps = [
            async () => this.client?.stop(),
            ...this.closers,
            () => target.kubectl(["delete", ...which]),
        ];
        for (const step of steps) {
            await step().catch((error: Error) => say(`${this.namespace}: ${error.message}`));
        }
    }

    private async measured(): Promise<LaneResult> {
        const { tool, scenario, target, signal, turn, before, say } = this.options;
        const onClose = (run: () => Promise<unknown>) => this.closers.push(run);
        const place = { target, namespace: this.namespace, scenario, signal, onClose };
        const release = await turn(async () => {
            signal.throwIfAborted();
            const open = await tool.open(place);
            await this.client?.start(signal);
            return open;
        });
        await sleep(before * 1_000, undefined, { signal });
        const known = new Set(await this.pods(["-l", "version!=v2"]));
        const limit = AbortSignal.timeout(tool.minutes(scenario) * 60_000);
        const over = AbortSignal.any([signal, limit]);
        const releasedAt = Date.now();
        say(`${tool.id} ${scenario.id}: released`);
        const done = new AbortController();
        const crashing = this.crashing(releasedAt, AbortSignal.any([over, done.signal]));
        const { outcome, reason } = await release.run(over);
        const endedAt = Date.now();
        await sleep(AFTERMATH, undefined, { signal });
        done.abort();
        await crashing;
        const result: LaneResult = {
            tool: tool.id,
            scenario: scenario.id,
            outcome,
            reason,
            ended: (endedAt - releasedAt) / 1_000,
            ...figuresOf(this.requests, { releasedAt, endedAt }, scenario),
            podsStarted: (await this.started()).filter((name) => !known.has(name)).length,
        };
        return scenario.healthy && scenario.rate > 50 && outcome === "promoted"
            ? { ...result, back: await this.back(release) }
            : result;
    }

    private get requests(): readonly Request[] {
        return this.client?.requests ?? [];
    }

    private async back(release: Release): Promise<Back> {
        const limit = AbortSignal.timeout(BACK_MINUTES * 60_000);
        const asked = Date.now();
        await release.back(AbortSignal.any([this.options.signal, limit]));
        const ended = Date.now();
        await sleep(AFTERMATH, undefined, { signal: this.options.signal });
        const since = this.requests.filter(({ at }) => at >= asked);
        const last = since.findLast(({ version }) => version === "v2");
        return {
            seconds: last === undefined ? 0 : (last.at - asked) / 1_000,
            ended: (ended - asked) / 1_000,
            failed: since.filter(failed).length,
        };
    }

    /** As soon as the new version has had a request, until it is over. */
    private async crashing(since: number, over: AbortSignal): Promise<void> {
        const { scenario, target } = this.options;
        if (scenario.crash === undefined) return;
        const pods = { target, namespace: this.namespace, selector: "version=v2" };
        const wait = (ms: number) => sleep(ms, undefined, { signal: over }).catch(() => undefined);
        const reached = () =>
            this.requests.some(({ at, version }) => at >= since && version === "v2");
        while (!over.aborted && !reached()) await wait(200);
        while (!over.aborted) {
            await crash(pods, scenario.crash === "one").catch(() => undefined);
            await wait(CRASH_EVERY);
        }
    }

    private async pods(flags: readonly string[]): Promise<string[]> {
        const get = ["get", "pods", "-n", this.namespace, ...flags, "-o", "name"];
        const { stdout } = await this.options.target.kubectl(get);
        return stdout.split("\n").map((name) => name.replace(/^pod\//, ""));
    }

    /** Every pod that was given to a node in this namespace, since it was made. */
    private async started(): Promise<string[]> {
        const of = "-o=jsonpath={.items[*].involvedObject.name}";
        const get = ["get", "events", "-n", this.namespace, "--field-selector=reason=Scheduled"];
        const { stdout } = await this.options.target.kubectl([...get, of]);
        return [...new Set(stdout.split(" ").filter((name) => name.startsWith("web")))];
    }
}
