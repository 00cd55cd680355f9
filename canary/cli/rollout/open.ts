// Opens what the rollout commands need: the stack, its cluster, its journals.
import type { ReadConfig } from "../../analysis/config/readConfig";
import type { Started } from "../../analysis/record/record";
import { errorMessage } from "../../analysis/text";
import { JobRunner } from "../../driver/jobs/jobRunner";
import type { JournalPlace } from "../../driver/journal/journal";
import { type HostEnded, podsOfJob } from "../../driver/kubernetes/jobPods";
import { Kubernetes, loadLibrary } from "../../driver/kubernetes/kubernetes";
import { kubernetesMesh } from "../../driver/kubernetes/mesh";
import { podProxy } from "../../driver/kubernetes/podProxy";
import { isJob, withSources } from "../../driver/metricSources/createSources";
import type { Engine, Mesh, Ports } from "../../driver/ports";
import { prometheusMetrics } from "../../driver/prometheus/prometheus";
import { propagationWait } from "../../driver/prometheus/propagationWait";
import { watchCallers } from "../../driver/proxies/callers";
import { readProxies } from "../../driver/proxies/readProxies";
import { pulumiCommand } from "../../driver/pulumi/command";
import { openEngine } from "../../driver/pulumi/engine";
import { systemClock } from "../../driver/systemClock";
import { thisHost, thisUser } from "../../driver/thisProcess";
import { chooseRollout } from "../chooseRollout";
import { findProject, POLICY_PACK } from "../project";
import type { RolloutFlags } from "../stackCommand";

export interface Opened {
    readonly stack: string;
    readonly engine: Engine;
    readonly config: ReadConfig;
    readonly place: { readonly namespace: string; readonly app: string };
    readonly cluster: Kubernetes;
    readonly hostEnded: HostEnded;
    readonly mesh: Mesh;
    readonly journals: JournalPlace;
    /** The user of this command: `user@host`. */
    readonly by: string;
}

/** @throws Error if pulumi, the project, the stack or its config is missing or invalid. */
export async function openRollout(flags: RolloutFlags, choose = chooseRollout): Promise<Opened> {
    // In parallel, because a rollback waits for all of them.
    loadLibrary().catch(() => undefined);
    const [project, command] = await Promise.all([findProject(flags.stack), pulumiCommand()]);
    const { directory, stack } = project;
    // A closure, because the config, which names the cluster, is read later. Called only when a lock is found.
    const hostEnded: HostEnded = (host) => podsOfJob(cluster, place.namespace)(host);
    const engine = await openEngine({
        ...project,
        policyPack: POLICY_PACK,
        hostEnded,
        command,
        choose: (rollouts) => choose(rollouts, flags.rollout, stack),
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
        mesh: kubernetesMesh(cluster, config.rollout),
        journals: { project: directory, stack, rollout: place },
        by: `${thisUser()}@${thisHost()}`,
    };
}

/** The ports that read Prometheus, and the proxies of the callers that Prometheus knows. */
export function metricsPorts({
    cluster,
    config,
}: Opened): Pick<Ports, "metrics" | "propagation" | "proxies"> {
    const { rollout, driver } = config;
    const { prometheus, analysis, providers } = driver;
    const metrics = prometheusMetrics(prometheus, rollout, analysis, systemClock);
    const watching = watchCallers(metrics);
    const proxies = readProxies({
        ...{ rollout, settings: analysis, callers: watching.callers, cluster },
        ...{ get: podProxy(cluster), clock: systemClock },
    });
    return {
        metrics: withSources(watching.metrics, analysis.metrics, {
            ...{ providers, rollout, clock: systemClock },
            jobs: new JobRunner(cluster),
        }),
        propagation: propagationWait(metrics, systemClock, rollout),
        ...(proxies && { proxies }),
    };
}

/** Deletes the Jobs of a rollout that has ended. @returns why it could not; undefined if it has. */
export async function deleteJobs(
    { cluster, place }: Pick<Opened, "cluster" | "place">,
    { id, analysis }: Pick<Started, "id" | "analysis">,
): Promise<string | undefined> {
    if (!analysis.metrics.some(isJob)) return undefined;
    try {
        await new JobRunner(cluster).deleteAll(place.namespace, id);
    } catch (error) {
        const why = errorMessage(error);
        return `The Jobs of metrics could not be deleted; Kubernetes deletes them a day after they end: ${why}`;
    }
}
