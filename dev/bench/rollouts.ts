// What do users see of a bad version, with ours and with what they would pick instead? All on one mesh, in one run.
// npm run bench:rollouts [-- --only S1,S16 --tools ours,flagger-fast --lanes 4 | --short]   on a sandbox that is up.
import { setMaxListeners } from "node:events";
import path from "node:path";
import { CHECKOUT } from "../checkout";
import { sandboxTarget } from "../sandbox/demo/openTarget";
import { peerParts } from "../sandbox/toolchain/parts";
import { type Results, versionsOf } from "./harness/results";
import { runBench } from "./harness/runBench";
import { chosen, SCENARIOS } from "./rollouts/faultScenarios";
import { Flagger } from "./rollouts/flaggerProcess";
import { Lane, type LaneResult } from "./rollouts/lane";
import { gate, runAll } from "./rollouts/loadSchedule";
import { aimsTable, badTable, healthyTable, plots } from "./rollouts/rolloutTables";
import { FASTEST, flaggerTool, README, TUTORIAL } from "./rollouts/tools/flaggerTool";
import { naive } from "./rollouts/tools/naive";
import { ours } from "./rollouts/tools/ours";
import { script } from "./rollouts/tools/script";

/** Rollouts at full rate at a time: what two cores bear. */
const LANES = 4;
/** A rollout that only waits takes little, once its pods are there. */
const LIGHT = 0.3;
/** Flagger gives a Deployment a minute, which two starts at a time may take here. */
const SETTING_UP = 1;
/** Slower settings see what the fastest see, later: they are measured where an aim, or a release, is about them. */
const WITH_README = ["S1", "S2", "S13"];
const WITH_TUTORIAL = [...WITH_README, "S16"];
/** Of runs with --only or --tools; git ignores it. */
const PARTS = path.join(CHECKOUT, "reports", "bench");

runBench(
    "rollouts",
    async ({ short, options: given, signal, onEnd, say, write }) => {
        // Each rollout listens for its own.
        setMaxListeners(0, signal);
        const target = await sandboxTarget(false);
        let flagger: Promise<Flagger> | undefined;
        const peer = () => {
            flagger ??= Flagger.start(target, signal);
            return flagger;
        };
        const all = [
            ours,
            flaggerTool("flagger-readme", "Flagger, README", README, 20, peer, WITH_README),
            flaggerTool("flagger-tutorial", "Flagger, tutorial", TUTORIAL, 16, peer, WITH_TUTORIAL),
            flaggerTool("flagger-fast", "Flagger, fastest", FASTEST, 6, peer),
            script,
            naive,
        ];
        const tools = chosen(all, short ? "ours,flagger-fast" : given.tools, "--tools");
        const scenarios = chosen(SCENARIOS, short ? "S1" : given.only, "--only");
        const capacity = Number(given.lanes ?? LANES);
        if (!(capacity >= 1))
            throw new Error(`--lanes: must be a number from 1; found ${given.lanes}`);

        onEnd("Flagger", async () => (await flagger?.catch(() => undefined))?.stop());
        // Built here, where that was never done, and not in the time of a rollout.
        if (tools.some(({ id }) => id.startsWith("flagger"))) await peer();
        const turn = gate(SETTING_UP);
        const started = Date.now();
        const clock = () => `${((Date.now() - started) / 60_000).toFixed(1)} min`;
        const results: LaneResult[] = [];
        const jobs = tools.flatMap((tool) =>
            scenarios
                .filter(({ id }) => tool.only?.includes(id) ?? true)
                .map((scenario) => ({
                    load: scenario.rate > 50 ? tool.load : LIGHT,
                    group: tool.id,
                    atOnce: tool.atOnce,
                    minutes: tool.minutes(scenario),
                    run: async () => {
                        const progress = (line: string) => say(`${clock()}  ${line}`);
                        const lane = new Lane({
                            ...{ tool, scenario, target, signal, turn },
                            before: short ? 5 : 15,
                            say: progress,
                        });
                        onEnd(lane.namespace, () => lane.gone());
                        const result = await lane.run();
                        results.push(result);
                        const { outcome, exposed, failed, slow, ended, reason } = result;
                        progress(
                            `${tool.id} ${scenario.id}: ${outcome} after ${ended.toFixed(1)} s, exposed ${exposed?.toFixed(1) ?? "–"} s, ${failed} failed, ${slow} slow: ${reason}`,
                        );
                    },
                })),
        );
        await runAll(jobs, capacity, signal);

        const place = ({ tool, scenario }: LaneResult) =>
            100 * tools.findIndex(({ id }) => id === tool) +
            SCENARIOS.findIndex(({ id }) => id === scenario);
        const sorted = results.sort((a, b) => place(a) - place(b));
        const settings = Object.fromEntries(tools.map(({ title, settings }) => [title, settings]));
        const found: Results = {
            name: "rollouts",
            question:
                "What do users see of a bad version, with ours and with what they would pick instead?",
            versions: {
                ...(await versionsOf(target)),
                Flagger: peerParts[0]?.version ?? "unknown",
            },
            values: {
                settings,
                scenarios,
                minutes: (Date.now() - started) / 60_000,
                results: sorted,
            },
            tables: [
                badTable(sorted, tools, scenarios),
                aimsTable(sorted, tools),
                healthyTable(sorted, tools, scenarios),
            ].filter(({ rows }) => rows.length > 0),
            plots: plots(sorted, tools, scenarios),
        };
        // A part overwrites nothing that a whole run wrote.
        await write(found, (given.only ?? given.tools) === undefined ? undefined : PARTS);
        return complaints(sorted);
    },
    ["only", "tools", "lanes"],
);

/** What must hold, or the figures mean nothing: every rollout ran, and what fails wholly was seen by all that look. */
function complaints(results: readonly LaneResult[]): string[] {
    return results.flatMap(({ tool, scenario, outcome, reason }) => {
        const looks = tool === "ours" || tool.startsWith("flagger");
        if (outcome === "error") return [`${tool} ${scenario}: ${reason}`];
        if (scenario === "S1" && looks && outcome !== "rolledBack") {
            return [`${tool} did not roll back 100 % errors: ${outcome}, ${reason}`];
        }
        return [];
    });
}
