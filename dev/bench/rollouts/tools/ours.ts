// `istio-canary run`, as a user starts it: the project's own program, each phase previewed with the pack.
import { rm } from "node:fs/promises";
import path from "node:path";
import { type ExecaChildProcess, execa } from "execa";
import type { JournalRecord } from "../../../../canary/analysis/record/record";
import { CHECKOUT, COMMAND } from "../../../checkout";
import { Stack, withoutPreview } from "../../../sandbox/demo/stack";
import { echoParameters, type Scenario } from "../faultScenarios";
import type { Outcome } from "../figures";
import type { Ended, Place, Release, Tool } from "../tool";

/** At 100 %: the default is 10 minutes, in which nothing would happen here. */
const BAKE = "30s";

export const ours: Tool = {
    id: "ours",
    title: "istio-canary run",
    settings: `defaults, with bake ${BAKE}`,
    // Without traffic it holds until its deadline of an hour.
    minutes: ({ id }) => (id === "S8" ? 4 : 12),
    // Pulumi runs for each weight.
    load: 4,
    atOnce: 4,
    open,
};

async function open(place: Place): Promise<Release> {
    const { target, namespace, scenario, signal, onClose } = place;
    const stack = new Stack(target, { name: `mesh-${namespace}`, namespace });
    const kept = path.join(CHECKOUT, ".canary", `mesh-${namespace}`);
    let driver: ExecaChildProcess | undefined;
    onClose(async () => {
        driver?.kill("SIGTERM", { forceKillAfterTimeout: 20_000 });
        await driver;
        // What an interrupted update has locked, init unlocks.
        await stack.remove().catch(() => stack.init().then(() => stack.remove()));
        await rm(kept, { recursive: true, force: true });
    });
    await stack.init();
    await rm(kept, { recursive: true, force: true });
    await stack.edit((config) => {
        config.timeout = scenario.timeout;
        config["canary:analysis"] = { bake: BAKE };
        for (const slot of ["v1", "v2"] as const) {
            const version = config.versions[slot];
            version.image = target.images.app;
            version.replicas = scenario.replicas;
            version.args = version.args?.map((arg) =>
                arg.replace(/header=X-Version:v\d/, echoParameters(slot, scenario)),
            );
        }
    });
    const up = await stack.up(signal, withoutPreview);
    if (up.exitCode !== 0) throw new Error(up.output);
    const canary = (...args: string[]) =>
        execa(process.execPath, [COMMAND, ...args, "--stack", `mesh-${namespace}`], {
            cwd: CHECKOUT,
            env: target.env,
            stdin: "ignore",
            reject: false,
        });
    return {
        async run(over) {
            driver = canary("run", "--json");
            const stop = () => driver?.kill("SIGTERM", { forceKillAfterTimeout: 20_000 });
            over.addEventListener("abort", stop);
            const { stdout, stderr } = await driver;
            over.removeEventListener("abort", stop);
            return endOf(recordsIn(stdout), over.aborted, scenario, stderr);
        },
        async back() {
            const { exitCode, stdout, stderr } = await canary("rollback");
            if (exitCode !== 0) throw new Error(`${stdout}\n${stderr}`);
        },
    };
}

function recordsIn(stdout: string): JournalRecord[] {
    return stdout
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line));
}

/** What the driver's journal says of its end. */
export function endOf(
    records: readonly JournalRecord[],
    stopped: boolean,
    { id }: Pick<Scenario, "id">,
    stderr: string,
): Ended {
    const weights = records.flatMap((record) =>
        record.type === "phase" && record.step === "routed" ? [record.weight] : [],
    );
    const at = `weights ${weights.join(", ") || "none"}`;
    const ended = records.findLast((record) => record.type === "ended");
    if (ended?.type === "ended" && !stopped) {
        return { outcome: ended.outcome, reason: `${at}; ${ended.reason}` };
    }
    if (stopped) {
        const sample = records.findLast((record) => record.type === "sample");
        const reason = sample?.type === "sample" ? sample.decision.reason : "no sample was taken";
        return { outcome: "held", reason: `${at}; stopped by the bench: ${reason}` };
    }
    const outcome: Outcome = "error";
    return { outcome, reason: `${id}: the driver ended without a word: ${stderr}` };
}
