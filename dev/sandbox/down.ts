// Removes a sandbox in any state: running, half started, or left behind by a killed `up` or a reboot.
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Layout } from "./layout";
import { removeCgroups } from "./node/cgroups";
import { identify, isListed, type ProcessIdentity, signalProcess } from "./processes/processes";
import { run } from "./processes/runCommand";
import { describeRemains, findRemains, isNothing, type Remains } from "./remains";

/** Some of the sandbox could not be removed. */
export class StillThere extends Error {
    override readonly name = "StillThere";
    constructor(readonly remains: Remains) {
        const lists = Object.entries(remains)
            .filter(([, list]) => list.length > 0)
            .map(([kind, list]) => `  ${kind}: ${list.join(", ")}`);
        super(
            `The sandbox is not fully removed. Left: ${describeRemains(remains)}.\n${lists.join("\n")}`,
        );
    }
}

/**
 * Removes its processes, mounts, namespaces, cgroups and cluster state; keeps images and logs. Safe to repeat.
 * @returns what it found; undefined if it found nothing.
 * @throws StillThere with what is left after three rounds.
 */
export async function tearDown(layout: Layout): Promise<Remains | undefined> {
    const found = findRemains(layout);
    if (isNothing(found)) {
        return undefined;
    }
    // A process killed while starting a child can leave that child behind: check again after each round.
    for (let round = 1; ; round += 1) {
        const problems: unknown[] = [];
        for (const removal of [endProcesses, unmount, dropCgroups, removeFiles]) {
            await removal(layout).catch((error: unknown) => problems.push(error));
        }
        const left = findRemains(layout);
        if (isNothing(left)) {
            break;
        }
        if (round === 3) {
            const failure = new StillThere(left);
            throw new AggregateError([failure, ...problems], failure.message);
        }
        await sleep(200);
    }
    return found;
}

/** Kills until no process is left, because a dying parent can still fork; then waits until all are reaped. */
async function endProcesses(layout: Layout): Promise<void> {
    const deadline = Date.now() + 20_000;
    const killed: ProcessIdentity[] = [];
    for (;;) {
        const pids = findRemains(layout).processes.filter((pid) => pid !== process.pid);
        if (pids.length === 0 || Date.now() > deadline) {
            break;
        }
        for (const each of pids.flatMap((pid) => identify(pid) ?? [])) {
            killed.push(each);
            signalProcess(each, "SIGKILL");
        }
        await sleep(20);
    }
    while (killed.some(isListed) && Date.now() < deadline) {
        await sleep(20);
    }
}

async function unmount(layout: Layout): Promise<void> {
    const { namespaces, mounts } = findRemains(layout);
    for (const point of [...namespaces, ...mounts]) {
        await run(["umount", point]).catch(() => run(["umount", "--lazy", point]));
    }
}

async function dropCgroups(layout: Layout): Promise<void> {
    await removeCgroups(findRemains(layout).cgroups);
}

async function removeFiles(layout: Layout): Promise<void> {
    for (const file of findRemains(layout).files) {
        rmSync(file, { recursive: true, force: true });
    }
}
