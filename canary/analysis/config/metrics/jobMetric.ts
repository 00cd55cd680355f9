/** Config: a metric that is the exit code of a Kubernetes Job. */
import type { z } from "zod";
import { parseDuration } from "../../../../rollout/config/duration";
import {
    boolean,
    doc,
    duration,
    integer,
    listOf,
    mapping,
    objectName,
    text,
    textList,
    texts,
} from "../../../../rollout/config/fields";
import { type Problem, wrongValue } from "../../../../rollout/config/problems";
import { COMMON, placeholders, provider } from "./metricKeys";

const { name, dryRun } = COMMON;

export const jobMetric = mapping({
    provider: doc(
        provider("job"),
        "A Kubernetes Job in the app's namespace: exit code 0 passes, any other fails.",
    ),
    name,
    dryRun,
    samples: doc(
        integer(1, 1_000).default(1),
        "Number of consecutive failed Jobs after which the driver rolls back. More than 1 requires `interval`.",
    ),
    image: doc(text(), `Image of the container. ${placeholders}`),
    command: doc(
        textList().optional(),
        `Command and arguments. ${placeholders}`,
        "that of the image",
    ),
    env: doc(
        texts().default({}),
        `Environment variables; the record of the rollout contains them. ${placeholders}`,
    ),
    secretNames: doc(
        listOf("names of Secrets", objectName()).default([]),
        "Secrets to load as environment variables.",
    ),
    serviceAccount: doc(
        objectName().optional(),
        "ServiceAccount of the pod, with its token.",
        "the namespace's, without its token",
    ),
    runAsUser: doc(
        integer(1, 2 ** 31 - 1).optional(),
        "UID of the container. Required in namespaces with the Pod Security level `restricted`.",
        "that of the image",
    ),
    sidecar: doc(
        boolean().default(false),
        "Whether the pod gets Istio's sidecar. Needs native sidecars, otherwise the Job never ends.",
    ),
    timeout: doc(
        duration("1s", "24h", true).default("5m"),
        "Time after which the container is stopped, which fails.",
    ),
    interval: doc(
        duration("10s", "24h").optional(),
        "Time between the starts of two Jobs in a phase. At least `timeout`.",
        "none: one Job in each phase",
    ),
});

export type JobMetric = z.output<typeof jobMetric>;

/** Relations between keys of a metric. */
export function jobProblems(
    path: readonly PropertyKey[],
    { interval, timeout, samples }: JobMetric,
): Problem[] {
    if (interval === undefined) {
        if (samples === 1) return [];
        const fix = "Set `interval`: without it, a phase has one Job";
        return [wrongValue([...path, "samples"], "1", samples, fix)];
    }
    if ((parseDuration(interval) ?? 0) >= (parseDuration(timeout) ?? 0)) return [];
    const expected = `a duration of at least \`timeout\` (${timeout})`;
    return [wrongValue([...path, "interval"], expected, interval)];
}
