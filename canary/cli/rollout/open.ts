// Opens what a rollout's commands work with: the stack, its cluster, its journals.
import path from "node:path";
import type { ReadConfig } from "../../analysis/config/readConfig";
import {
    type JournalPlace,
    latestJournal,
    listJournals,
    openJournal,
    readJournal,
} from "../../driver/journal/journal";
import { type HostEnded, podsOfJob } from "../../driver/kubernetes/jobPods";
import { Kubernetes, loadLibrary } from "../../driver/kubernetes/kubernetes";
import { kubernetesMesh } from "../../driver/kubernetes/mesh";
import type { Engine, Mesh, Ports } from "../../driver/ports";
import { convergence } from "../../driver/prometheus/convergence";
import { prometheusMetrics } from "../../driver/prometheus/prometheus";
import { pulumiCommand } from "../../driver/pulumi/command";
import { openEngine } from "../../driver/pulumi/engine";
import { systemClock } from "../../driver/systemClock";
import { thisHost, thisUser } from "../../driver/thisProcess";
import { selectedStack } from "../project";

export const PROJECT = "istio-canary";
export const DIRECTORY = path.join(__dirname, "..", "..", "..");

export interface Opened {
    readonly stack: string;
    readonly engine: Engine;
    readonly config: ReadConfig;
    readonly place: { readonly namespace: string; readonly app: string };
    readonly cluster: Kubernetes;
    readonly hostEnded: HostEnded;
    readonly mesh: Mesh;
    readonly journals: JournalPlace;
    /** For records of what a person asked: `user@host`. */
    readonly by: string;
}

/** @throws Error when pulumi, the stack or its config is not as it must be. */
export async function openRollout(stackOption: string | undefined): Promise<Opened> {
    // Side by side: a rollback waits for each of them.
    loadLibrary().catch(() => undefined);
    const [stack, command] = await Promise.all([stackOption ?? selectedStack(), pulumiCommand()]);
    // Asked only once a lock is found: the config says which cluster.
    const hostEnded: HostEnded = (host) => podsOfJob(cluster, place.namespace)(host);
    const engine = await openEngine({
        directory: DIRECTORY,
        stack,
        project: PROJECT,
        policyPack: path.join(DIRECTORY, "policy"),
        hostEnded,
        command,
    });
    const config = await engine.config();
    const { app, namespace } = config.rollout;
    const place = { namespace, app };
    const cluster = new Kubernetes(config.cluster);
    return {
        stack,
        engine,
        config,
        place,
        cluster,
        hostEnded,
        mesh: kubernetesMesh(cluster, place),
        journals: { project: DIRECTORY, stack },
        by: `${thisUser()}@${thisHost()}`,
    };
}

/** What of a rollout Prometheus tells. */
export function metricsPorts({ config, place }: Opened): Pick<Ports, "metrics" | "convergence"> {
    const { rollout, driver } = config;
    const { port, stable, canary } = rollout;
    const watched = { ...place, port, stable, canary };
    const metrics = prometheusMetrics(driver.prometheus, watched, driver.analysis, systemClock);
    return { metrics, convergence: convergence(metrics, systemClock, watched) };
}

export { latestJournal, listJournals, openJournal, readJournal, systemClock };
