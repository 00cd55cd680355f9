// The driver's Job in the sandbox: its volume, its pods, and its journal, which is on this machine too.
import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { JournalRecord } from "../../canary/analysis/record/record";
import { latestJournal, readJournal } from "../../canary/driver/journal/journal";
import { CHECKOUT } from "../../dev/checkout";
import { sandboxLayout } from "../../dev/sandbox";
import { clusterFiles } from "../../dev/sandbox/layout";
import type { Cluster } from "../mesh/harness/cluster";
import { type Driven, drivenOf } from "../mesh/harness/driven";
import type { LiveRollout } from "../mesh/harness/liveRollout";

export const NAMESPACE = "mesh-incluster";
/** Label of its pods. */
export const DRIVER = "app.kubernetes.io/name=canary-driver";
const JOB = "job/web-canary-driver";
/** The stacks' folder is the claim's volume: the Job and this machine share one backend. */
export const state = clusterFiles(sandboxLayout(CHECKOUT)).stacks;

/** Where the journals of the Job are, seen from this machine. */
export const place = { project: state, stack: NAMESPACE };

/** The Job, and what its driver writes. */
export class JobOfDriver {
    private readonly startedAt = Date.now();

    /** @param before the newest rollout before it. */
    constructor(
        private readonly cluster: Cluster,
        private readonly before: string | undefined,
    ) {}

    async records(): Promise<readonly JournalRecord[]> {
        const id = await latestJournal(place);
        return id === undefined || id === this.before ? [] : (await readJournal(place, id)).records;
    }

    async until(what: (record: JournalRecord) => boolean): Promise<JournalRecord> {
        for (const deadline = Date.now() + 180_000; Date.now() < deadline; await sleep(200)) {
            const found = (await this.records()).find(what);
            if (found !== undefined) return found;
        }
        throw new Error(`The driver did not come so far: ${await this.log()}`);
    }

    /** Names of its pods that are there. */
    async pods(): Promise<string[]> {
        const names = ["-o", "jsonpath={.items[*].metadata.name}"];
        const found = await this.cluster.kubectl(
            ...["get", "pods", "-n", NAMESPACE, "-l", DRIVER, ...names],
        );
        return found.split(" ").filter((name) => name !== "");
    }

    /** As when its node is drained, or by force when that has gone. @returns when. */
    async delete(pod: string, ...force: string[]): Promise<number> {
        const deletedAt = Date.now();
        await this.cluster.kubectl("delete", "pod", pod, "-n", NAMESPACE, "--wait=false", ...force);
        return deletedAt;
    }

    /** Of the container of the pod that is there. */
    async restarts(): Promise<string> {
        const path = "jsonpath={.items[*].status.containerStatuses[0].restartCount}";
        return this.cluster.kubectl(...["get", "pods", "-n", NAMESPACE, "-l", DRIVER, "-o", path]);
    }

    log(): Promise<string> {
        const pods = ["-l", DRIVER, "--tail=40"];
        return this.cluster.kubectl("logs", "-n", NAMESPACE, ...pods);
    }

    /** Waits until the Job is complete. */
    async end(live: LiveRollout): Promise<Driven> {
        const complete = ["wait", JOB, "--for=condition=Complete", "--timeout=240s"];
        await this.cluster.kubectl(...complete, "-n", NAMESPACE).catch(async (error) => {
            throw new Error(`${error.message}\n${await this.log()}`);
        });
        return drivenOf(live, this.startedAt, await this.records(), 0, await this.log());
    }
}

/** The lock of the stack, once there is one: what Pulumi writes of who has it. */
export async function lockOf(): Promise<string> {
    const folder = path.join(state, ".pulumi", "locks", "organization", "istio-canary", NAMESPACE);
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(20)) {
        // Beside each of the backend's files is one of its attributes.
        const name = (await readdir(folder).catch(() => [])).find((one) => one.endsWith(".json"));
        if (name === undefined) continue;
        const text = await readFile(path.join(folder, name), "utf8").catch(() => "");
        if (text !== "") return text;
    }
    throw new Error("The update took no lock within a minute.");
}

/** Journals and programs of the rollouts there. */
export async function emptyClaim(): Promise<void> {
    for (const folder of [".canary", "programs"]) {
        await rm(path.join(state, folder, NAMESPACE), { recursive: true, force: true });
    }
}

/** The folder of the stacks as a volume, and the claim that the Job names. */
export function storage(): object[] {
    const spec = {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "",
    };
    return [
        {
            apiVersion: "v1",
            kind: "PersistentVolume",
            metadata: { name: NAMESPACE },
            spec: { ...spec, capacity: { storage: "1Gi" }, hostPath: { path: state } },
        },
        {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: "rollouts", namespace: NAMESPACE },
            spec: { ...spec, volumeName: NAMESPACE, resources: { requests: { storage: "1Gi" } } },
        },
    ];
}
