/** Config: what splits the traffic, Istio by weights or plain Kubernetes by the number of pods. */
import { doc, integer, oneOf } from "../fields";
import { key } from "../key";
import { type Problem, wrongValue } from "../problems";

export const MODES = ["istio", "replicas"] as const;
export type Mode = (typeof MODES)[number];

export const modeKeys = {
    mode: key(
        doc(
            oneOf(MODES).default("istio"),
            "`istio` splits requests by weight; `replicas` splits connections by the number of pods, without Istio.",
        ),
    ),
    // A default, because Pulumi requires a project's key that has none.
    totalReplicas: key(
        doc(
            integer(0, 1_000).default(0),
            "Pods of both slots together in mode `replicas`: 2–1000. Must be `0` in mode `istio`.",
        ),
    ),
};

interface ModeValues {
    readonly mode: Mode;
    readonly totalReplicas: number;
    readonly versions: Readonly<
        Record<string, { readonly replicas: number; readonly autoscaling?: unknown } | undefined>
    >;
}

/** In mode replicas the numbers of pods follow from `totalReplicas` and the weight. */
export function modeRelations(
    { mode, totalReplicas, versions = {} }: Partial<ModeValues>,
    defaultReplicas: number,
): Problem[] {
    if (mode === undefined) return [];
    if (mode === "istio") {
        if (totalReplicas === undefined || totalReplicas === 0) return [];
        const expected = "0 in mode istio, where each version has its own replicas";
        return [wrongValue(["totalReplicas"], expected, totalReplicas)];
    }
    const problems: Problem[] = [];
    // Fewer than two pods cannot be split.
    if (totalReplicas !== undefined && totalReplicas < 2) {
        const expected = "an integer from 2 to 1000 in mode replicas: the pods of both slots";
        problems.push(wrongValue(["totalReplicas"], expected, totalReplicas));
    }
    const expected =
        "nothing in mode replicas, where the number of pods follows from totalReplicas and weight";
    for (const [slot, version] of Object.entries(versions)) {
        const { replicas, autoscaling } = version ?? {};
        if (replicas !== undefined && replicas !== defaultReplicas) {
            problems.push(wrongValue(["versions", slot, "replicas"], expected, replicas));
        }
        if (autoscaling !== undefined) {
            problems.push(wrongValue(["versions", slot, "autoscaling"], expected, autoscaling));
        }
    }
    return problems;
}
