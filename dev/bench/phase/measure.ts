// One phase by one way: the edit, the command, and the moment at which every sidecar had the split.
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Target } from "../../sandbox/demo/target";
import type { DriverProcess } from "./engineProcess";
import { type Cost, watchProcesses } from "./phaseProcesses";
import { routedEverywhere, watchRoute } from "./splitTime";
import { DRIVER, NAMESPACES, type Way } from "./ways";

export interface Phase extends Cost {
    readonly way: string;
    readonly cold: boolean;
    readonly round: number;
    readonly weight: number;
    /** Seconds from the edit: to the API server, to the last sidecar, to the end of the command. */
    readonly written: number;
    readonly routed: number;
    readonly ended: number;
}

type Pods = Parameters<typeof routedEverywhere>[1];

export interface Circumstances {
    readonly target: Target;
    readonly pods: Pods;
    readonly cold: boolean;
    readonly round: number;
    readonly weight: number;
    /** Where compilers keep what they made; a fresh one makes a run cold. */
    readonly temporary: string;
}

/** @throws Error when the command fails, with what it said. */
export async function phaseBy(way: Way, at: Circumstances): Promise<Phase> {
    return phase(way.name, way.namespace, at, async () => {
        await way.edit(at.weight);
        const { file, args } = way.command(at.weight);
        const child = spawn(file, args, {
            cwd: way.cwd,
            env: { ...at.target.env, TMPDIR: at.temporary },
            stdio: ["ignore", "pipe", "pipe"],
        });
        let said = "";
        child.stdout.on("data", (text) => (said += text));
        child.stderr.on("data", (text) => (said += text));
        const watch = watchProcesses(child.pid ?? 0);
        const [code] = await once(child, "close");
        const cost = watch.stop();
        if (code !== 0) throw new Error(`${way.name} ended with exit code ${code}:\n${said}`);
        return cost;
    });
}

/** What our driver does for a phase, in its own process, which runs all the while. */
export async function phaseByDriver(driver: DriverProcess, at: Circumstances): Promise<Phase> {
    return phase(DRIVER, NAMESPACES.ours, at, async () => {
        const watch = watchProcesses(driver.pid);
        await driver.shift(at.weight);
        return watch.stop();
    });
}

async function phase(
    way: string,
    namespace: string,
    { target, pods, weight, cold, round }: Circumstances,
    run: () => Promise<Cost>,
): Promise<Phase> {
    const watch = await watchRoute(target, namespace);
    try {
        const began = Date.now();
        const cost = await run();
        const ended = Date.now();
        const routed = await routedEverywhere(target, pods, namespace, weight);
        const since = (time: number) => (time - began) / 1_000;
        return {
            way,
            cold,
            round,
            weight,
            written: since(watch.written() ?? Number.NaN),
            routed: since(routed),
            ended: since(ended),
            ...cost,
        };
    } finally {
        await watch.stop();
    }
}
