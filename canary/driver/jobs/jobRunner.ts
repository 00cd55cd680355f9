/** Creates, reads and deletes the Jobs of metrics. */
import { leaseName } from "../../../rollout/config/names";
import { textAt } from "../../../rollout/config/unknown";
import type { JobMetric } from "../../analysis/config/metrics/jobMetric";
import type { CustomValue } from "../../analysis/counts/observation";
import { oneLine } from "../../analysis/text";
import { isApiError, type Kubernetes, type ListedPod } from "../kubernetes/kubernetes";
import { LEASES } from "../lease/leaseObject";
import type { Place } from "../metricSources/placeholders";
import { type JobLook, jobLabels, jobName, jobObject, type Owner } from "./jobObject";
import { jobResult, podEnd, waitingReason } from "./jobResult";

const JOBS = { group: "batch", version: "v1", plural: "jobs" };

/** The last lines of a failed Job in its reason, and how many characters of them. */
const LOG_LINES = 10;
const LONGEST_LOG = 500;

type Cluster = Pick<Kubernetes, "read" | "create" | "listNames" | "delete" | "listPods" | "podLog">;

export class JobRunner {
    /** By Job: why its pod has not started. Kubernetes forgets it when it ends the pod. */
    private readonly waiting = new Map<string, string>();

    constructor(private readonly cluster: Cluster) {}

    /**
     * Creates the Job if there is none.
     * @returns its value once it has ended, with the time; until then, what it does.
     * @throws Error if the API server refuses or does not answer.
     */
    async look(metric: JobMetric, place: Place, look: JobLook): Promise<CustomValue> {
        const { namespace } = place;
        const name = jobName(place.app, metric.name, look);
        const job = await this.cluster.read(JOBS, namespace, name);
        if (job === undefined) {
            await this.create(jobObject(metric, place, look, await this.owner(place)), namespace);
            return { detail: `Job ${name} was created` };
        }
        const result = jobResult(job);
        switch (result.state) {
            case "running":
                return { detail: await this.progress(name, namespace) };
            case "passed":
                return { canary: 0, at: result.at, detail: `Job ${name} passed` };
            case "failed":
                return this.failure(name, namespace, result.at);
        }
    }

    /** Deletes all Jobs of a rollout, with their pods. */
    async deleteAll(namespace: string, rollout: string): Promise<void> {
        const labels = Object.entries(jobLabels(rollout)).map(([key, value]) => `${key}=${value}`);
        const names = await this.cluster.listNames(JOBS, namespace, labels.join(","));
        await Promise.all(names.map((name) => this.cluster.delete(JOBS, namespace, name)));
    }

    private async create(job: object, namespace: string): Promise<void> {
        try {
            await this.cluster.create(JOBS, namespace, job);
        } catch (error) {
            // Another request of this driver, whose answer was lost, has created it.
            if (!isApiError(error, 409)) throw error;
        }
    }

    /** The driver's Lease: with it, Kubernetes deletes the Job. */
    private async owner({ app, namespace }: Place): Promise<Owner | undefined> {
        const name = leaseName(app);
        const lease = await this.cluster.read(LEASES, namespace, name);
        const uid = textAt(lease, "metadata", "uid");
        if (uid === undefined) return undefined;
        return { apiVersion: `${LEASES.group}/${LEASES.version}`, kind: "Lease", name, uid };
    }

    private async progress(name: string, namespace: string): Promise<string> {
        const pod = await this.podOf(name, namespace);
        const reason = pod === undefined ? undefined : waitingReason(pod.status);
        if (reason === undefined) return `Job ${name} is running`;
        this.waiting.set(name, reason);
        return `Job ${name} waits: ${oneLine(reason, LONGEST_LOG)}`;
    }

    private async podOf(name: string, namespace: string): Promise<ListedPod | undefined> {
        const selector = `batch.kubernetes.io/job-name=${name}`;
        return (await this.cluster.listPods(namespace, selector))[0];
    }

    private async failure(name: string, namespace: string, at: number): Promise<CustomValue> {
        const pod = await this.podOf(name, namespace);
        const { ran, reason } = podEnd(pod?.status);
        if (!ran) {
            const why = oneLine(this.waiting.get(name) ?? reason, LONGEST_LOG);
            const problem = `Job ${name} could not run: ${why}. To run it again, delete the Job`;
            return { problem };
        }
        const log = await this.log(namespace, pod?.name ?? "");
        return { canary: 1, at, detail: `Job ${name} ${reason}${log}` };
    }

    private async log(namespace: string, pod: string): Promise<string> {
        try {
            const lines = (await this.cluster.podLog(namespace, pod, LOG_LINES)).trim();
            return lines === "" ? "" : `: ${oneLine(lines.slice(-LONGEST_LOG), LONGEST_LOG)}`;
        } catch (error) {
            return `; its log could not be read: ${(error as Error).message}`;
        }
    }
}
