/** Config: a version whose pods somebody else manages. */
import type { z } from "zod";
import { doc, mapping, named, objectName, oneOf, texts } from "../fields";
import { isSame } from "../key";
import { masked, type Problem, show, wrongValue } from "../problems";
import { otherSlot, SLOTS, type Slot } from "../slots";
import type { Mode } from "../topics/mode";

const workloadRefSchema = mapping({
    kind: doc(
        oneOf(["Deployment", "StatefulSet"]).default("Deployment"),
        "Kind of the workload. Other kinds have no counts of ready pods that fit a split by weight.",
    ),
    name: doc(objectName(), "Name of the workload, in the rollout's namespace."),
    labels: doc(
        texts()
            .refine((labels) => Object.keys(labels).length > 0, "at least one label")
            .optional(),
        "Labels by which the subset selects the version's pods. The other slot's pods must not have them. The driver needs `version`, by which Istio's metrics tell versions apart.",
        "`app: <app>`, `version: <slot>`",
    ),
    serviceAccount: doc(
        objectName().default("default"),
        "ServiceAccount of the pods, from which the version's principal derives.",
    ),
});

export type WorkloadRefConfig = z.output<typeof workloadRefSchema>;

export const workloadRefField = doc(
    named("WorkloadRefArgs", workloadRefSchema).optional(),
    "A Deployment or StatefulSet that somebody else manages, whose pods are this version. The rollout creates no pods for it, and only splits requests. Excludes the version's other keys.",
    "none",
);

/** The labels that a slot's subset selects. */
export function subsetLabels(
    app: string,
    slot: Slot,
    ref: WorkloadRefConfig | undefined,
): Readonly<Record<string, string>> {
    return ref?.labels ?? { app, version: slot };
}

/** What a version's schema needs: an image, or a workload that exists and no key that shapes pods. */
export function ownerIssues(
    version: Readonly<Record<string, unknown>>,
    defaultOf: (name: string) => unknown,
): { readonly path: string[]; readonly message: string }[] {
    if (version.workloadRef === undefined) {
        if (version.image !== undefined) return [];
        return [{ path: ["image"], message: "a container image reference" }];
    }
    // A value that equals the default may come from Pulumi.yaml, so it counts as not set.
    return Object.keys(version)
        .filter((name) => name !== "workloadRef" && version[name] !== undefined)
        .filter((name) => !isSame(version[name], defaultOf(name)))
        .map((name) => ({
            path: [name],
            message: "no value, because the owner of the workload in workloadRef sets it",
        }));
}

interface Values {
    readonly app: string;
    readonly mode: Mode;
    readonly routing: string;
    readonly versions: Readonly<
        Partial<Record<Slot, { readonly workloadRef?: WorkloadRefConfig | undefined }>>
    >;
    readonly secrets: Readonly<Partial<Record<Slot, object>>>;
    readonly capacity: { readonly canary: string };
}

/** Problems between a workload that somebody else manages and the rest of the config. */
export function workloadRefRelations(config: Partial<Values>): Problem[] {
    const { app = "", mode, routing, versions = {}, secrets, capacity } = config;
    const problems: Problem[] = [];
    const referenced = SLOTS.filter((slot) => versions[slot]?.workloadRef !== undefined);
    if (referenced.length > 0 && capacity?.canary === "proportional") {
        const expected = `fixed, because somebody else sets the number of pods of ${referenced.join(" and ")} (workloadRef)`;
        problems.push(wrongValue(["capacity", "canary"], expected, capacity.canary));
    }
    for (const slot of SLOTS) {
        const ref = versions[slot]?.workloadRef;
        if (ref === undefined) continue;
        const path = ["versions", slot, "workloadRef"];
        const why = `because ${path.join(".")} names a workload that somebody else manages`;
        if (mode === "replicas") {
            const expected = "no value, because mode replicas sets the number of pods";
            problems.push(wrongValue(path, expected, ref));
        }
        if (routing === "gateway-api") {
            const expected =
                "no value with routing gateway-api, whose Services select other labels";
            problems.push(wrongValue(path, expected, ref));
        }
        if (secrets?.[slot] !== undefined) {
            const expected = `no value, ${why}`;
            problems.push(masked(wrongValue(["secrets", slot], expected, secrets[slot])));
        }
        if (subsetLabels(app, slot, ref).version === otherSlot(slot)) {
            const expected = `another value than the other slot's name, because the driver would count ${slot} as ${otherSlot(slot)}`;
            problems.push(
                wrongValue([...path, "labels", "version"], expected, ref.labels?.version),
            );
        }
    }
    return [...problems, ...overlap(app, versions)];
}

/** Reports a workload in both slots, and labels that pods of both slots may have. */
function overlap(app: string, versions: Values["versions"]): Problem[] {
    const [first, second] = [versions.v1?.workloadRef, versions.v2?.workloadRef];
    if (versions.v1 === undefined || versions.v2 === undefined) return [];
    if (first === undefined && second === undefined) return [];
    if (first?.name !== undefined && first.name === second?.name && first.kind === second.kind) {
        const expected = "another workload than versions.v1.workloadRef";
        return [wrongValue(["versions", "v2", "workloadRef", "name"], expected, second.name)];
    }
    const [one, two] = [subsetLabels(app, "v1", first), subsetLabels(app, "v2", second)];
    if (Object.entries(one).some(([key, value]) => key in two && two[key] !== value)) return [];
    const [slot, ref, other] =
        second === undefined ? (["v1", first, two] as const) : (["v2", second, one] as const);
    const expected = `labels of which one has another value than in ${otherSlot(slot)} (${show(other)}), so that no pod is in both subsets`;
    return [wrongValue(["versions", slot, "workloadRef", "labels"], expected, ref?.labels)];
}
