/** The Job of a metric: its name and its object. Pure. */
import { createHash } from "node:crypto";
import { parseDuration } from "../../../rollout/config/duration";
import { JOB_LABELS } from "../../../rollout/config/names";
import type { JobMetric } from "../../analysis/config/metrics/jobMetric";
import { fill, type Place } from "../metricSources/placeholders";

/** One look at a metric. */
export interface JobLook {
    /** Id of the rollout. */
    readonly rollout: string;
    /** When callers got the weight of the phase, milliseconds since the epoch. */
    readonly routedAt: number;
    /** Number of the Job in the phase, from 0. */
    readonly index: number;
}

/** The object that owns the Job. */
export interface Owner {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
}

/** The driver deletes its Jobs. If it cannot, Kubernetes does so after this time: longer than a driver should take to be resumed. */
const TTL_SECONDS = 86_400;
/** For a pod that never starts. The pod's own deadline keeps its container, and so its log. */
const GRACE_SECONDS = 30;
/** A pod's name adds 6 characters, and is at most 63. */
const LONGEST_NAME = 57;

/** The same for the same look, so that a driver that resumes finds the Job instead of creating another. */
export function jobName(app: string, metric: string, look: JobLook): string {
    const key = JSON.stringify([look.rollout, metric, look.routedAt, look.index]);
    const hash = createHash("sha256").update(key).digest("hex").slice(0, 8);
    const readable = `${app}-${metric.toLowerCase().replaceAll("_", "-")}`;
    return `${readable.slice(0, LONGEST_NAME - 9).replace(/-+$/, "")}-${hash}`;
}

export function jobLabels(rollout: string): Readonly<Record<string, string>> {
    return { [JOB_LABELS.rollout]: rollout };
}

export function jobObject(
    metric: JobMetric,
    place: Place,
    look: JobLook,
    owner: Owner | undefined,
): object {
    const labels = { ...jobLabels(look.rollout), [JOB_LABELS.metric]: metric.name };
    const timeout = (parseDuration(metric.timeout) ?? 0) / 1_000;
    return {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: {
            name: jobName(place.app, metric.name, look),
            namespace: place.namespace,
            labels,
            ...(owner !== undefined && { ownerReferences: [owner] }),
        },
        spec: {
            backoffLimit: 0,
            activeDeadlineSeconds: timeout + GRACE_SECONDS,
            ttlSecondsAfterFinished: TTL_SECONDS,
            // A pod that was evicted says nothing about the canary.
            podFailurePolicy: {
                rules: [
                    {
                        action: "Ignore",
                        onPodConditions: [{ type: "DisruptionTarget", status: "True" }],
                    },
                ],
            },
            template: {
                metadata: {
                    labels: { ...labels, "sidecar.istio.io/inject": String(metric.sidecar) },
                },
                spec: podSpec(metric, place, timeout),
            },
        },
    };
}

function podSpec(metric: JobMetric, place: Place, timeout: number): object {
    const { serviceAccount, runAsUser } = metric;
    return {
        restartPolicy: "Never",
        activeDeadlineSeconds: timeout,
        terminationGracePeriodSeconds: 5,
        automountServiceAccountToken: serviceAccount !== undefined,
        ...(serviceAccount !== undefined && { serviceAccountName: serviceAccount }),
        securityContext: {
            seccompProfile: { type: "RuntimeDefault" },
            ...(runAsUser !== undefined && { runAsNonRoot: true, runAsUser }),
        },
        containers: [container(metric, place)],
    };
}

function container({ image, command, env, secretNames }: JobMetric, place: Place): object {
    return {
        name: "metric",
        image: fill(image, place),
        ...(command !== undefined && { command: command.map((part) => fill(part, place)) }),
        env: Object.entries(env).map(([name, value]) => ({ name, value: fill(value, place) })),
        envFrom: secretNames.map((name) => ({ secretRef: { name } })),
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    };
}
