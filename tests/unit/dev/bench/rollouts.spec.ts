// How a rollout is counted from its client's record, and how many run at a time.
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import type { JournalRecord } from "../../../../canary/analysis/record/record";
import { chosen, echoParameters, SCENARIOS } from "../../../../dev/bench/rollouts/faultScenarios";
import { figuresOf } from "../../../../dev/bench/rollouts/figures";
import { logLine } from "../../../../dev/bench/rollouts/flaggerProcess";
import type { LaneResult } from "../../../../dev/bench/rollouts/lane";
import { gate, type Job, runAll } from "../../../../dev/bench/rollouts/loadSchedule";
import {
    aimsTable,
    badTable,
    healthyTable,
    plots,
} from "../../../../dev/bench/rollouts/rolloutTables";
import { endOf } from "../../../../dev/bench/rollouts/tools/ours";
import type { Request } from "../../../../dev/sandbox/demo/requests";

const request = (at: number, version: string, status = 200, ms = 5): Request => ({
    ...{ at: 1_000 * at, version, status, ms },
});
const moments = { releasedAt: 10_000, endedAt: 30_000 };

describe("figuresOf", () => {
    it("counts from the release to the end, and what was under way then", () => {
        const all = [9, 10, 30, 32, 33].map((at) => request(at, "v2", 503));
        assert.equal(figuresOf(all, moments, {}).failed, 3);
    });

    it("tells the stable's own failures from the others", () => {
        const all = [request(12, "v1", 503), request(13, "v2", 503), request(14, "", 504)];
        const { failed, failedByStable, canaryRequests, failures } = figuresOf(all, moments, {});
        assert.deepEqual([failed, failedByStable, canaryRequests], [2, 1, 2]);
        assert.deepEqual(failures, { "503 v1": 1, "503 v2": 1, "504": 1 });
    });

    it("is exposed from the first request of the new version to its last", () => {
        const all = [request(11, "v1"), request(14, "v2"), request(19.5, "", 0), request(25, "v1")];
        const { toFirst, exposed } = figuresOf(all, moments, {});
        assert.deepEqual([toFirst, exposed], [4, 5.5]);
    });

    it("knows no exposure where nothing reached the new version", () => {
        const { toFirst, exposed, bad } = figuresOf([request(11, "v1")], moments, {});
        assert.deepEqual([toFirst, exposed, bad], [undefined, undefined, []]);
    });

    it("takes late answers for bad ones only where that is what is wrong", () => {
        const all = [request(12, "v2", 200, 300), request(13, "v2", 200, 20)];
        assert.equal(figuresOf(all, moments, {}).slow, 0);
        assert.equal(figuresOf(all, moments, { slowMs: 250 }).slow, 1);
    });

    it("puts bad answers in bins of five seconds since the first canary request", () => {
        const all = [request(12, "v2"), request(16, "v2", 503), request(24, "v2", 503)];
        const { bad } = figuresOf(all, moments, {});
        assert.deepEqual(bad, [1, 0, 1]);
    });
});

describe("scenarios", () => {
    it("are chosen by their names", () => {
        const ids = chosen(SCENARIOS, "S16,S1", "--only").map(({ id }) => id);
        assert.deepEqual(ids, ["S1", "S16"]);
        assert.equal(chosen(SCENARIOS, undefined, "--only").length, SCENARIOS.length);
    });

    it("that do not exist are named, with those that do", () => {
        assert.throws(() => chosen(SCENARIOS, "S1,S99", "--only"), /^Error: --only: S99 .*S16/);
    });

    it("make a server that says its version and then fails", () => {
        const [s1] = chosen(SCENARIOS, "S1", "--only");
        assert.ok(s1);
        assert.equal(echoParameters("v1", s1), "header=X-Version:v1");
        assert.equal(echoParameters("v2", s1), "header=X-Version:v2&status=503:100");
    });
});

describe("runAll", () => {
    /** Jobs that end when they are told to, and which of them run. */
    function held(all: readonly (Partial<Job> & { name: string })[]) {
        const running = new Map<string, () => void>();
        const began: string[] = [];
        const jobs = all.map(({ name, ...more }): Job => {
            const run = () =>
                new Promise<void>((resolve) => {
                    began.push(name);
                    running.set(name, () => {
                        running.delete(name);
                        resolve();
                    });
                });
            return { load: 1, group: name, atOnce: 9, minutes: 1, ...more, run };
        });
        return { jobs, running, began };
    }
    const never = new AbortController().signal;

    it("starts the longest first, and no more than the machine bears", async () => {
        const { jobs, running, began } = held([
            { name: "short", minutes: 1 },
            { name: "long", minutes: 9 },
            { name: "middle", minutes: 5 },
            { name: "light", minutes: 0.5, load: 0 },
        ]);
        const all = runAll(jobs, 2, never);
        await turn();
        assert.deepEqual(began, ["long", "middle", "light"]);
        running.get("middle")?.();
        await turn();
        assert.deepEqual(began.at(-1), "short");
        for (const end of [...running.values()]) end();
        await all;
    });

    it("lets none crowd out those that need more than a lane", async () => {
        const { jobs, running, began } = held([
            { name: "long", minutes: 9 },
            { name: "wide", minutes: 1, load: 3 },
            { name: "wider", minutes: 2, load: 4 },
        ]);
        const all = runAll(jobs, 5, never);
        await turn();
        assert.deepEqual(began, ["wider"]);
        running.get("wider")?.();
        await turn();
        assert.deepEqual(began, ["wider", "wide"]);
        running.get("wide")?.();
        await turn();
        assert.deepEqual(began, ["wider", "wide", "long"]);
        for (const end of [...running.values()]) end();
        await all;
    });

    it("keeps a group to its number, and lets others by", async () => {
        const { jobs, running, began } = held([
            { name: "a", group: "ours", atOnce: 1, minutes: 3 },
            { name: "b", group: "ours", atOnce: 1, minutes: 2 },
            { name: "c", minutes: 1 },
        ]);
        const all = runAll(jobs, 8, never);
        await turn();
        assert.deepEqual(began, ["a", "c"]);
        running.get("a")?.();
        await turn();
        assert.deepEqual(began, ["a", "c", "b"]);
        for (const end of [...running.values()]) end();
        await all;
    });

    it("begins with the group that takes longest, one after another", async () => {
        const { jobs, running, began } = held([
            { name: "lone", minutes: 5 },
            { name: "a", group: "ours", atOnce: 1, minutes: 3 },
            { name: "b", group: "ours", atOnce: 1, minutes: 3 },
        ]);
        const all = runAll(jobs, 1, never);
        await turn();
        assert.deepEqual(began, ["a"]);
        for (let count = 0; count < 3; count++) {
            for (const end of [...running.values()]) end();
            await turn();
        }
        await all;
        assert.deepEqual(began, ["a", "b", "lone"]);
    });

    it("starts none after an abort, and waits for those that run", async () => {
        const { jobs, running, began } = held([{ name: "a" }, { name: "b" }]);
        const interrupt = new AbortController();
        const all = runAll(jobs, 1, interrupt.signal);
        await turn();
        interrupt.abort(new Error("interrupted"));
        running.get("a")?.();
        await assert.rejects(all, /interrupted/);
        assert.deepEqual(began, ["a"]);
    });
});

describe("gate", () => {
    it("lets so many through at a time, the next when one has failed, too", async () => {
        const through = gate(1);
        const order: string[] = [];
        const failing = through(async () => {
            order.push("first");
            await turn();
            throw new Error("no");
        });
        const second = through(async () => {
            order.push("second");
        });
        await assert.rejects(failing, /no/);
        await second;
        assert.deepEqual(order, ["first", "second"]);
    });
});

describe("logLine", () => {
    it("says which namespace a line of Flagger's log is about", () => {
        const line = '{"level":"info","msg":"Rolling back web.a","canary":"web.bench-a"}';
        assert.deepEqual(logLine(line), { namespace: "bench-a", text: "Rolling back web.a" });
        assert.deepEqual(logLine("panic: no"), { namespace: "", text: "panic: no" });
    });
});

describe("endOf", () => {
    const records = [
        { type: "phase", weight: 10, step: "routed", at: 1 },
        { type: "ended", outcome: "rolledBack", reason: "errors: 9 of 10", at: 2 },
    ] as unknown as JournalRecord[];

    it("is what the driver's last record says, with the weights before", () => {
        const { outcome, reason } = endOf(records, false, { id: "S1" }, "");
        assert.equal(outcome, "rolledBack");
        assert.equal(reason, "weights 10; errors: 9 of 10");
    });

    it("is held when its time was over, and an error when it said nothing", () => {
        assert.equal(endOf(records.slice(0, 1), true, { id: "S8" }, "").outcome, "held");
        assert.equal(endOf([], false, { id: "S8" }, "no cluster").outcome, "error");
    });
});

describe("tables", () => {
    const result = (tool: string, scenario: string, failed: number): LaneResult => ({
        ...figuresOf([], { releasedAt: 0, endedAt: 0 }, {}),
        ...{ tool, scenario, failed, outcome: "rolledBack", reason: "", ended: 40, podsStarted: 2 },
        exposed: 31.25,
    });
    const tools = [
        { id: "ours", title: "istio-canary run", settings: "defaults" },
        { id: "flagger-fast", title: "Flagger, fastest", settings: "10s" },
    ];

    it("say whether an aim was kept, also where it was not", () => {
        const all = [result("ours", "S1", 60), result("flagger-fast", "S1", 100)];
        const [row] = aimsTable(all, tools).rows;
        assert.deepEqual(row?.slice(2), ["60", "100", "60.0 %", "≤ 50 %", "no"]);
        const better = [result("ours", "S1", 50), result("flagger-fast", "S1", 100)];
        assert.equal(aimsTable(better, tools).rows[0]?.at(-1), "yes");
    });

    it("do not take a canary that was promoted for one that was kept from users", () => {
        const mine = { ...result("ours", "S1", 1), outcome: "promoted" as const };
        const all = [mine, result("flagger-fast", "S1", 100)];
        assert.equal(aimsTable(all, tools).rows[0]?.at(-1), "no");
        assert.match(String(badTable(all, tools, SCENARIOS).rows[0]?.[1]), /promoted.* and on$/);
    });

    it("leave a gap where a tool was not measured", () => {
        const all = [result("ours", "S1", 60), result("flagger-fast", "S2", 9)];
        const { columns, rows } = badTable(all, tools, SCENARIOS);
        assert.deepEqual(rows[0], ["S1 100 % errors", "rolled back, 31.3 s, 60", "–"]);
        assert.deepEqual(columns, ["scenario", "istio-canary run", "Flagger, fastest"]);
        const [answers] = plots(all, tools, SCENARIOS);
        assert.deepEqual(answers?.series[1]?.points.slice(0, 2), [
            ["S1", null],
            ["S2", 9],
        ]);
        const alone = badTable(all.slice(0, 1), tools, SCENARIOS);
        assert.deepEqual(alone.columns, ["scenario", "istio-canary run"]);
        assert.deepEqual(healthyTable([], tools, SCENARIOS).rows, []);
    });
});
