/** Config: the mode, which splits traffic either with Istio or by the number of pods. */
import { doc, integer, oneOf } from "../fields";
import { key } from "../key";
import { type Problem, wrongValue } from "../problems";

export const MODES = ["istio", "replicas"] as const;
export type Mode = (typeof MODES)[number];

export const modeKeys = {
    mode: key(
        doc(
            oneOf(MODES).default("istio"),
            "`istio` splits requests by weight. `replicas` works without Istio and splits connections by the number of pods.",
        ),
    ),
    // 0 instead of optional, because Pulumi requires every key of Pulumi.yaml that has no default.
    totalReplicas: key(
        doc(
            integer(0, 1_000).default(0),
            "Total number of pods of both slots. Required in mode `replicas`: 2–1000. Must be `0` in mode `istio`.",
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

/** In mode replicas, `totalReplicas` and the weight determine the number of pods per slot. */
export function modeRelations(
    { mode, totalReplicas, versions = {} }: Partial<ModeValues>,
    defaultReplicas: number,
): Problem[] {
    if (mode === undefined) return [];
    if (mode === "istio") {
        if (totalReplicas === undefined || totalReplicas === 0) return [];
        const expected = "0, because in mode istio each version has its own replicas";
        return [wrongValue(["totalReplicas"], expected, totalReplicas)];
    }
    const problems: Problem[] = [];
    // A split needs at least 2 pods.
    if (totalReplicas !== undefined && totalReplicas < 2) {
        const expected = "an integer from 2 to 1000, the total number of pods in mode replicas";
        problems.push(wrongValue(["totalReplicas"], expected, totalReplicas));
    }
    const expected =
        "no value, because in mode replicas totalReplicas and weight determine the number of pods";
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
